using System.Text;
using Smtpd.Testing;

namespace Smtpd;

/// <summary>A message that a <see cref="SmtpTestServer"/> has kept: its envelope, its octets, and the few fields that tests ask for.</summary>
public sealed class ReceivedMessage
{
    private readonly Lazy<MessageText> text;

    internal ReceivedMessage(int number, SmtpConnection connection, MailTransaction transaction, byte[] content, DateTimeOffset receivedAt)
    {
        Number = number;
        Connection = connection;
        Transaction = transaction;
        Content = content;
        ReceivedAt = receivedAt;
        Recipients = [.. transaction.Recipients.Select(static recipient => recipient.Address.Email)];
        text = new Lazy<MessageText>(() => new MessageText(content));
    }

    /// <summary>1 for the first message of the server, then 2 and so on; <see cref="SmtpTestServer.Clear"/> does not start anew.</summary>
    public int Number { get; }

    /// <summary>When it was whole, by the server's clock.</summary>
    public DateTimeOffset ReceivedAt { get; }

    /// <summary>The sender of the envelope (MAIL FROM); empty for the null sender.</summary>
    public string Sender => Transaction.Sender.Email;

    /// <summary>The recipients of the envelope (RCPT TO), as sent: the blind copies too.</summary>
    public IReadOnlyList<string> Recipients { get; }

    /// <summary>The whole envelope, with the parameters of the extensions.</summary>
    public MailTransaction Transaction { get; }

    /// <summary>The connection it came over.</summary>
    public SmtpConnection Connection { get; }

    /// <summary>The octets, exactly as sent, dots unstuffed.</summary>
    public ReadOnlyMemory<byte> Content { get; }

    /// <summary>The fields of the header in their order, unfolded, encoded words (RFC 2047) decoded.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Headers => text.Value.Headers;

    /// <summary>The <c>Subject</c>; null without one.</summary>
    public string? Subject => Header("Subject");

    /// <summary>The <c>From</c> field, such as <c>Ann &lt;ann@example.com&gt;</c>; null without one. The envelope's sender is <see cref="Sender"/>.</summary>
    public string? From => Header("From");

    /// <summary>The <c>To</c> field; null without one. The envelope's recipients are <see cref="Recipients"/>.</summary>
    public string? To => Header("To");

    /// <summary>What stands behind the header: quoted-printable, base64 and character set decoded. The parts of a multipart message are not taken apart.</summary>
    public string Text => text.Value.Body;

    /// <summary>The first field of that name, in any case of letters; null when there is none.</summary>
    public string? Header(string name)
    {
        foreach (var (key, value) in Headers)
        {
            if (key.Equals(name, StringComparison.OrdinalIgnoreCase))
                return value;
        }

        return null;
    }

    /// <summary>The content as text, each octet that is no UTF-8 replaced.</summary>
    public string GetSource() => Encoding.UTF8.GetString(Content.Span);

    /// <summary>One line about the message.</summary>
    public override string ToString() => $"#{Number} from <{Sender}> to <{string.Join(">, <", Recipients)}>: {Subject ?? "(no subject)"}, {Content.Length} octets";
}
