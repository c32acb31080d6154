using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Smtpd.Checks;

namespace Smtpd;

/// <summary>A blocklist that is asked by DNS (RFC 5782 §2), through the system's resolver. Answers are remembered for some minutes.</summary>
public sealed class DnsBlocklist : IDnsBlocklist
{
    private static readonly TimeSpan Remembered = TimeSpan.FromMinutes(5);

    private readonly Func<string, CancellationToken, Task<IPAddress[]>> resolve;
    private readonly TimeProvider timeProvider;
    private readonly ForgettingMap<Answer> answers;

    /// <summary>Makes a list.</summary>
    /// <param name="zone">The zone of the list, such as <c>zen.example.org</c>.</param>
    /// <param name="timeProvider">The clock; null is the system's.</param>
    /// <exception cref="ArgumentException">That is no name of a zone.</exception>
    public DnsBlocklist(string zone, TimeProvider? timeProvider = null)
        : this(zone, timeProvider, static (name, token) => Dns.GetHostAddressesAsync(name, AddressFamily.InterNetwork, token))
    {
    }

    internal DnsBlocklist(string zone, TimeProvider? timeProvider, Func<string, CancellationToken, Task<IPAddress[]>> resolve)
    {
        if (Uri.CheckHostName(zone) != UriHostNameType.Dns)
            throw new ArgumentException($"\"{zone}\" is no domain name.", nameof(zone));
        Name = zone;
        this.resolve = resolve;
        this.timeProvider = timeProvider ?? TimeProvider.System;
        answers = new ForgettingMap<Answer>(capacity: 100_000, Remembered, this.timeProvider);
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <summary>How long the resolver may take; who does not answer in time lists nobody. Default 5 seconds.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <inheritdoc/>
    public async ValueTask<bool> IsListedAsync(IPAddress address, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(address);
        var query = Query(address);
        var now = timeProvider.GetTimestamp();
        if (answers.Find(query) is { } known && timeProvider.GetElapsedTime(known.At, now) < Remembered)
            return known.IsListed;
        if (await AskAsync(query, cancellationToken).ConfigureAwait(false) is not { } isListed)
            return false;
        answers.Set(query, new Answer(isListed, now));
        return isListed;
    }

    /// <summary>The octets of IPv4 or the nibbles of IPv6 in reverse, and the zone (RFC 5782 §2.1, §2.4).</summary>
    internal string Query(IPAddress address)
    {
        var octets = (address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address).GetAddressBytes();
        var query = new StringBuilder();
        for (var i = octets.Length - 1; i >= 0; i--)
        {
            if (octets.Length == 4)
                query.Append(CultureInfo.InvariantCulture, $"{octets[i]}.");
            else
                query.Append(CultureInfo.InvariantCulture, $"{octets[i] & 15:x}.{octets[i] >> 4:x}.");
        }

        return query.Append(Name).ToString();
    }

    /// <summary>Whether the name resolves to an address in 127.0.0.0/8; null when nobody knows.</summary>
    private async ValueTask<bool?> AskAsync(string query, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(Timeout, timeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            // With a dot at its end, or the resolver would try its search domains too.
            var addresses = await resolve(query + ".", either.Token).ConfigureAwait(false);
            // Other answers come from resolvers that answer everything; 127.255.255.0/24 are refusals of the list's operator.
            return Array.Exists(addresses, static each => each.GetAddressBytes() is [127, var second, var third, _] && !(second == 255 && third == 255));
        }
        catch (SocketException exception)
        {
            return exception.SocketErrorCode is SocketError.HostNotFound or SocketError.NoData ? false : null;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }

    private sealed record Answer(bool IsListed, long At);
}
