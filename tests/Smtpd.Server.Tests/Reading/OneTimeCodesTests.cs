using FsCheck;
using FsCheck.Fluent;
using Smtpd.Server.Reading;

namespace Smtpd.Server.Tests.Reading;

public sealed class OneTimeCodesTests
{
    [Theory]
    [InlineData("", "Your verification code is 482913.", "482913")]
    [InlineData("482913 is your verification code", "", "482913")]
    [InlineData("Your code: 4829", "", "4829")]
    [InlineData("", "Use 482 913 as your login code", "482 913")]
    [InlineData("", "Your code is 482-913", "482-913")]
    [InlineData("", "G-482913 is your Google verification code.", "G-482913")]
    [InlineData("", "Enter the code AB3D-9XK2 to sign in", "AB3D-9XK2")]
    [InlineData("", "Enter this code:\n\nAB3D9XK2\n", "AB3D9XK2")]
    [InlineData("", "Your one-time password (OTP) is 09381245. It is valid for 10 minutes.", "09381245")]
    [InlineData("", "OTP: 55102", "55102")]
    [InlineData("", "PIN 7731", "7731")]
    [InlineData("", "Your passcode is 1234567", "1234567")]
    [InlineData("Sign-in code", "Hello,\n\n  482913  \n\nIt expires in 10 minutes.\n© 2026 Example Inc, 90210 Beverly Hills", "482913")]
    [InlineData("", "Here is the security code you asked for:\r\n\r\n771204\r\n\r\nIf you did not ask, call +1 555 123 4567.", "771204")]
    [InlineData("", "Your code is 2026", "2026")]
    [InlineData("", "code:482913", "482913")]
    [InlineData("", "code=482913", "482913")]
    [InlineData("", "[482913] Your code", "482913")]
    [InlineData("", "Your code is: 4 8 2 9 1 3", "4 8 2 9 1 3 → 482913")]
    [InlineData("", "*482913* is your 2FA code", "482913")]
    [InlineData("", "Don't share this verification code with anybody: 482913!", "482913")]
    [InlineData("", "Your confirmation code is \"HQX7WT\".", "HQX7WT")]
    [InlineData("", "authentication code 12345678", "12345678")]
    [InlineData("", "Your code is:\nABC-DEF\n", "ABC-DEF")]
    [InlineData("", "Use code k3x9q2 to log in", "k3x9q2")]
    [InlineData("", "Ihr Bestätigungscode lautet 482913.", "482913")]
    [InlineData("", "Ihr Sicherheitscode: 4829", "4829")]
    [InlineData("", "482913 ist Ihr Einmalpasswort", "482913")]
    [InlineData("", "Ihre TAN lautet: 482913", "482913")]
    [InlineData("", "Verifizierungscode\n482913\n", "482913")]
    [InlineData("", "Ihr Anmeldecode für Beispiel: 48 29 13", "48 29 13")]
    [InlineData("", "Votre code de vérification est 482913.", "482913")]
    [InlineData("", "482913 est votre code de confirmation", "482913")]
    [InlineData("", "Votre code de sécurité : 4829", "4829")]
    [InlineData("", "Mot de passe à usage unique : 482913", "482913")]
    [InlineData("", "Tu código de verificación es 482913", "482913")]
    [InlineData("", "482913 es tu código de acceso", "482913")]
    [InlineData("", "Su clave es 482913", "482913")]
    [InlineData("", "Il tuo codice di verifica è 482913", "482913")]
    [InlineData("", "Codice di sicurezza: 48291", "48291")]
    [InlineData("", "Seu código de verificação é 482913", "482913")]
    [InlineData("", "Utilize a senha 482913 para entrar", "482913")]
    [InlineData("", "Je verificatiecode is 482913", "482913")]
    [InlineData("", "482913 is je inlogcode", "482913")]
    [InlineData("", "Twój kod weryfikacyjny to 482913", "482913")]
    [InlineData("", "Kod: 4829", "4829")]
    [InlineData("", "Hasło jednorazowe: 482913", "482913")]
    [InlineData("", "Ваш код подтверждения: 482913", "482913")]
    [InlineData("", "482913 — ваш код для входа", "482913")]
    [InlineData("", "Одноразовый пароль 482913", "482913")]
    [InlineData("", "Ваш код підтвердження: 482913", "482913")]
    [InlineData("", "Код для входу 4829", "4829")]
    [InlineData("", "認証コード：482913", "482913")]
    [InlineData("", "確認番号は482913です", "482913")]
    [InlineData("", "ワンタイムパスワード\n４８２９１３\n", "482913")]
    [InlineData("", "您的验证码是482913，5分钟内有效。", "482913")]
    [InlineData("", "驗證碼：482913", "482913")]
    [InlineData("", "动态码 4829", "4829")]
    [InlineData("", "인증번호 [482913]", "482913")]
    [InlineData("", "Din verifieringskod är 482913", "482913")]
    [InlineData("", "Your login code for order history is 482913", "482913")]
    [InlineData("", "Order 99887766 is waiting. Verification code: 482913", "482913")]
    [InlineData("", "Your code 482913 was requested from https://x.test/445566 on 2026-11-23 10:30", "482913")]
    [InlineData("", "Your code is 482913\n\nMontag, 23.11.2026\nTel. 030 12345678", "482913")]
    public void Codes_are_found(string subject, string text, string expected)
    {
        var found = OneTimeCodes.Find(subject, text, null);
        Assert.True(found.Count > 0, "nothing found");
        Assert.Equal((expected.Split(" → ")[^1], OneTimeCodeKind.Code), (found[0].Value, found[0].Kind));
        Assert.InRange(found[0].Score, 45, 100);
    }

    [Theory]
    [InlineData("Invoice 482913", "Please find attached invoice 482913.")]
    [InlineData("Your order #482913", "Order number: 482913")]
    [InlineData("", "Thank you for your order 4829138.")]
    [InlineData("", "© 2026 Example Inc. All rights reserved.")]
    [InlineData("", "Copyright 2026 Example")]
    [InlineData("", "Call us: +49 30 12345678")]
    [InlineData("", "Phone 555-123-4567")]
    [InlineData("", "Total: $1234.50, or 4829 EUR")]
    [InlineData("", "Only 1999 € this week")]
    [InlineData("", "Beverly Hills, CA 90210")]
    [InlineData("", "Zip code 90210")]
    [InlineData("", "Postleitzahl 10115 Berlin")]
    [InlineData("", "Use promo code SAVE2026 today")]
    [InlineData("", "Your coupon code: 482913")]
    [InlineData("", "Rabattcode WINTER25")]
    [InlineData("", "The meeting is on 2026-11-23 at 10:30.")]
    [InlineData("", "23.11.2026 10:30:00")]
    [InlineData("", "Farbe #123456 und #ffcc00")]
    [InlineData("", "Version 20261123 was released")]
    [InlineData("", "Error code 5003 happened")]
    [InlineData("", "Tracking number 12345678")]
    [InlineData("", "Bestellnummer: 48291378")]
    [InlineData("", "Rechnung Nr. 20261")]
    [InlineData("", "Votre commande 482913")]
    [InlineData("", "Su pedido 482913 está en camino")]
    [InlineData("", "Заказ 482913 отправлен")]
    [InlineData("", "注文番号 482913")]
    [InlineData("", "订单号 48291378")]
    [InlineData("", "The code of conduct was changed in 2024.")]
    [InlineData("", "https://x.test/code/482913")]
    [InlineData("", "mail 482913@code.example.com")]
    [InlineData("", "More than 10000 people read our CODES newsletter in LONDON")]
    [InlineData("", "Barcode 12345678")]
    [InlineData("", "Unsere Telefon-Nummer: 030 1234567")]
    [InlineData("", "100000% code coverage 4829%")]
    [InlineData("", "We had 1.234.567 visits")]
    [InlineData("", "IBAN DE89 3704 0044 0532 0130 00")]
    [InlineData("", "Your invoice 482913 needs the verification code that we sent by SMS.")]
    [InlineData("Your code", "Order number:\n482913\n")]
    [InlineData("Password changed", "Your password was changed at 10:30 on 11/23/2026.")]
    [InlineData("", "")]
    public void Other_numbers_are_not(string subject, string text) =>
        Assert.Empty(OneTimeCodes.Find(subject, text, null).Where(each => each.Kind == OneTimeCodeKind.Code).Select(each => $"{each.Value} {each.Score}"));

    [Theory]
    [InlineData("<p>Your code</p><table><tr><td>4</td><td>8</td><td>2</td><td>9</td><td>1</td><td>3</td></tr></table>", "482913")]
    [InlineData("<p>Your code is</p><h1><span>482</span><span>913</span></h1>", "482913")]
    [InlineData("<style>.a{color:#123456}</style><p style='margin:1234px'>Your code: <b>482913</b></p>", "482913")]
    public void Html_is_read_as_text(string html, string expected) => Assert.Equal(expected, OneTimeCodes.Find(null, null, html)[0].Value);

    [Theory]
    [InlineData("<a href='https://x.test/verify?token=abc123def456ghi789'>Verify your email</a>", true)]
    [InlineData("<a href='https://x.test/u/3f9a8b7c6d5e4f3a2b1c'>Sign in</a>", true)]
    [InlineData("<a href='https://x.test/reset/abc'>Passwort zurücksetzen</a>", true)]
    [InlineData("<a href='https://x.test/t/8d7f6a5b4c3d2e1f0a9b'>ログイン</a>", true)]
    [InlineData("<a href='https://click.x.test/3f9a8b7c6d5e4f3a2b1c'>Подтвердить адрес</a>", true)]
    [InlineData("<a href='https://x.test/blog'>Read more</a>", false)]
    [InlineData("<a href='https://x.test/unsubscribe?token=abc123def456ghi789'>Unsubscribe</a>", false)]
    [InlineData("<a href='https://x.test/privacy/login'>Sign in and privacy</a>", false)]
    [InlineData("<a href='mailto:login@x.test'>Log in</a>", false)]
    [InlineData("<img src='https://x.test/verify?token=abc123def456ghi789'>", false)]
    public void Links_that_let_somebody_in_are_found(string html, bool isFound) => Assert.Equal(isFound, OneTimeCodes.Find(null, null, html).Any(each => each.Kind == OneTimeCodeKind.Link));

    [Fact]
    public void The_surest_is_first_and_says_where_it_was()
    {
        var found = OneTimeCodes.Find("Your sign-in code", "Hello Ann,\n\nyour code is 482913 and your backup code is 771204.\nhttps://x.test/magic?token=abc123def456ghi789\n", null);
        Assert.Equal(["482913", "771204"], found.Where(each => each.Kind == OneTimeCodeKind.Code).Select(each => each.Value).Order(StringComparer.Ordinal));
        Assert.Contains(found, each => each.Kind == OneTimeCodeKind.Link);
        Assert.Equal(found.OrderByDescending(each => each.Score), found);
        Assert.Contains("your code is 482913", found.Single(each => each.Value == "482913").Context, StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_throws_and_no_more_than_twenty_are_given()
    {
        string[] pieces = ["code", "Code: ", "1234", "123456", " ", "-", ".", "G", "AB", "\n", "@", "$", "https://x.test/", "验证码", "\u00a9", "€", "1", "order", "\ud83d", "\ude00", "<a href=", ">", "_", "#", "+"];
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(5000).WithReplay(20261123, 4015), Prop.ForAll(Gen.Elements(pieces).ArrayOf().Select(string.Concat).ToArbitrary(), text =>
            Assert.InRange(OneTimeCodes.Find(text, text, text).Count, 0, 20)));
        foreach (var piece in pieces)
            Assert.InRange(OneTimeCodes.Find(null, string.Concat(Enumerable.Repeat(piece, 100_000)), null).Count, 0, 20);
    }
}
