namespace Smtpd;

/// <summary>How much of the message a failure report shall return: <c>RET=</c> (RFC 3461 §4.3).</summary>
public enum DsnReturn
{
    /// <summary><c>FULL</c>: the whole message.</summary>
    Full,

    /// <summary><c>HDRS</c>: the header section only.</summary>
    Headers,
}

/// <summary>When the sender wants a report on a recipient: <c>NOTIFY=</c> (RFC 3461 §4.1).</summary>
[Flags]
public enum DsnNotify
{
    /// <summary>Nothing was said: a report on failure, perhaps on delay (RFC 3461 §4.1).</summary>
    None = 0,

    /// <summary><c>NEVER</c>: no report in any case; stands alone.</summary>
    Never = 1,

    /// <summary><c>SUCCESS</c>: when delivered.</summary>
    Success = 2,

    /// <summary><c>FAILURE</c>: when delivery failed.</summary>
    Failure = 4,

    /// <summary><c>DELAY</c>: when delivery takes unusually long.</summary>
    Delay = 8,
}

/// <summary>The recipient as the sender first wrote it: <c>ORCPT=</c> (RFC 3461 §4.2, RFC 6533 §3), decoded.</summary>
/// <param name="AddressType">The registered type, lower-case, such as <c>rfc822</c> or <c>utf-8</c>.</param>
/// <param name="Address">The address, free of control characters.</param>
public readonly record struct OriginalRecipient(string AddressType, string Address);
