using System.Collections.Frozen;
using Smtpd.Server.Search;

namespace Smtpd.Server.Reading;

/// <summary>A place in a text that says what the numbers around it are: codes, or something else.</summary>
internal readonly record struct CodeWord(int Start, int End, bool IsCode);

/// <summary>Words that stand beside one-time codes, and beside numbers that are none, in a dozen languages; without accents, as <see cref="SearchTokens"/> reads them.</summary>
internal static class CodeWords
{
    private static readonly string[] s_codes =
    [
        "code", "codes", "otp", "totp", "passcode", "pin", "one time password", "temporary password", "2fa", "mfa", "login number", "verification number", "security number",
        "einmalpasswort", "einmalkennwort", "tan", "mtan", "smstan", "verifizierungsnummer", "mot de passe a usage unique", "mot de passe temporaire", "numero de verification", "codigo", "clave", "contrasena de un solo uso",
        "contrasena temporal", "codice", "password monouso", "senha", "eenmalig wachtwoord", "kod", "kodu", "kodem", "haslo jednorazowe", "код", "кода", "коду", "кодом", "одноразовый пароль", "одноразовии пароль", "одноразовыи пароль", "пароль для входа",
        "コード", "認証番号", "確認番号", "暗証番号", "ワンタイムパスワード", "验证码", "驗證碼", "校验码", "动态码", "动态密码", "認證碼", "确认码", "確認碼", "登录码", "인증번호", "인증 코드", "확인 코드", "kode", "koden",
    ];

    // Some of them have a word for code inside: the longer one counts.
    private static readonly string[] s_others =
    [
        "zip", "zip code", "zipcode", "postal code", "post code", "postcode", "postleitzahl", "plz", "code postal", "codigo postal", "codice postale", "cap", "cep", "kod pocztowy", "почтовыи индекс", "индекс", "郵便番号", "邮编", "우편번호",
        "area code", "country code", "dialing code", "promo code", "promotion code", "promotional code", "promo", "coupon code", "coupon", "discount code", "discount", "voucher code", "voucher", "gift code", "gift card", "referral code", "rabattcode", "gutscheincode",
        "gutschein", "code promo", "codigo promocional", "codice sconto", "codigo de desconto", "kortingscode", "kod rabatowy", "kod promocyjny", "промокод", "код скидки", "优惠码", "クーポンコード", "割引コード", "error code", "exit code", "status code", "response code",
        "source code", "product code", "item code", "sort code", "swift code", "bank code", "qr code", "bar code", "barcode", "dress code", "tax code", "codice fiscale", "code article", "artikelcode", "order", "order number", "order no", "order id", "invoice", "invoice number", "invoice no",
        "receipt", "receipt number", "receipt no", "ref", "reference", "reference number", "booking", "ticket", "ticket number", "case", "case number", "tracking", "tracking number", "shipment", "parcel", "customer number", "customer id", "customer no", "account number", "account", "member number", "phone", "tel", "telephone",
        "mobile", "fax", "call", "hotline", "version", "build", "release", "amount", "total", "price", "balance", "page", "room", "suite", "street", "avenue", "article", "model", "isbn", "issue", "pull request", "bestellung", "bestellnummer", "rechnung", "rechnungsnummer", "auftrag", "auftragsnummer",
        "kundennummer", "vorgangsnummer", "sendungsnummer", "telefon", "commande", "facture", "numero de client", "pedido", "factura", "telefono", "ordine", "fattura", "encomenda", "fatura", "telefone", "bestelling", "factuur", "zamowienie", "zamowienia", "faktura", "заказ", "заказа", "счет",
        "телефон", "замовлення", "рахунок", "注文", "注文番号", "ご注文番号", "請求", "電話", "订单", "订单号", "訂單", "发票", "电话", "주문번호", "copyright", "iban", "vat", "ext", "extension", "since", "founded",
    ];

    private static readonly FrozenDictionary<string, Phrase[]> s_phrases = s_codes.Select(each => Phrase.Of(each, true)).Concat(s_others.Select(each => Phrase.Of(each, false)))
        .GroupBy(each => each.Tokens[0], StringComparer.Ordinal).ToFrozenDictionary(each => each.Key, each => each.OrderByDescending(phrase => phrase.Tokens.Length).ToArray(), StringComparer.Ordinal);

    /// <summary>In the order of the text, without overlaps.</summary>
    public static IReadOnlyList<CodeWord> Find(string text)
    {
        var tokens = SearchTokens.Read(text);
        List<CodeWord> words = [];
        for (var i = 0; i < tokens.Count;)
        {
            var (length, isCode) = At(tokens, i);
            if (length == 0)
            {
                i++;
                continue;
            }

            var last = tokens[i + length - 1];
            words.Add(new(tokens[i].Start, last.Start + last.Length, isCode));
            i += length;
        }

        return words;
    }

    private static (int Length, bool IsCode) At(IReadOnlyList<SearchToken> tokens, int at)
    {
        var token = tokens[at].Token;
        if (s_phrases.TryGetValue(token, out var phrases))
        {
            foreach (var phrase in phrases)
            {
                if (phrase.BeginsAt(tokens, at))
                    return (phrase.Tokens.Length, phrase.IsCode);
            }
        }

        // Sicherheitscode, inlogcode, bekräftelsekod: Germanic languages write them in one word.
        var isCompound = token.Length is > 6 and < 32 && (token.EndsWith("code", StringComparison.Ordinal) || token.EndsWith("kode", StringComparison.Ordinal) || token.EndsWith("skod", StringComparison.Ordinal));
        return isCompound && token is not ("unicode" or "barcode" or "sourcecode" or "decode" or "encode" or "opcode" or "bytecode" or "geocode" or "explode") ? (1, true) : (0, false);
    }

    private sealed record Phrase(string[] Tokens, bool IsCode)
    {
        public static Phrase Of(string text, bool isCode) => new([.. SearchTokens.Read(text).Select(each => each.Token)], isCode);

        public bool BeginsAt(IReadOnlyList<SearchToken> tokens, int at)
        {
            if (at + Tokens.Length > tokens.Count)
                return false;
            for (var i = 1; i < Tokens.Length; i++)
            {
                if (!string.Equals(tokens[at + i].Token, Tokens[i], StringComparison.Ordinal))
                    return false;
            }

            return true;
        }
    }
}
