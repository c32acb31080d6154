namespace Smtpd;

/// <summary>What a content filter in front said by XFORWARD of where a message came from. Each is null when it was not told or not known.</summary>
/// <param name="Name">The client's host name.</param>
/// <param name="Address">The client's IP address.</param>
/// <param name="Port">The client's port.</param>
/// <param name="Protocol"><c>SMTP</c> or <c>ESMTP</c>.</param>
/// <param name="Hello">What the client called itself.</param>
/// <param name="Identifier">The message's name at the filter, for its log.</param>
/// <param name="Source"><c>LOCAL</c> or <c>REMOTE</c>.</param>
public sealed record SmtpForwardedClient(
    string? Name, string? Address, int? Port, string? Protocol, string? Hello, string? Identifier, string? Source);
