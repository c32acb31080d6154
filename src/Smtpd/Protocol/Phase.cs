namespace Smtpd.Protocol;

/// <summary>How far the mail is. Flags, so that a verb can name all phases in which it may come.</summary>
[Flags]
internal enum Phase
{
    None = 0,

    /// <summary>Before a hello was accepted.</summary>
    Start = 1,

    /// <summary>After hello, without a transaction.</summary>
    Ready = 2,

    /// <summary>MAIL was accepted.</summary>
    HasSender = 4,

    /// <summary>At least one RCPT was accepted.</summary>
    HasRecipients = 8,

    /// <summary>At least one BDAT chunk was taken.</summary>
    HasChunks = 16,

    /// <summary>The connection was refused; nothing but QUIT may come.</summary>
    Refused = 32,

    /// <summary>Every phase but <see cref="Refused"/>.</summary>
    Any = Start | Ready | HasSender | HasRecipients | HasChunks,
}
