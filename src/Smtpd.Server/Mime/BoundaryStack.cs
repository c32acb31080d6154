namespace Smtpd.Server.Mime;

/// <summary>The delimiters that may come next: one for each multipart that is open, the innermost on top (RFC 2046 5.1.1).</summary>
internal sealed class BoundaryStack
{
    /// <summary>RFC 2046 allows 70 octets; parsers elsewhere take thousands.</summary>
    public const int MaximumLength = 8 * 1024;

    /// <summary>A longer line is no delimiter, whatever it begins with: blanks may follow the boundary.</summary>
    public const int MaximumLine = MaximumLength + 1000;

    private readonly List<(byte[] Boundary, int Owner)> _open = [];

    public void Push(byte[] boundary, int owner) => _open.Add((boundary, owner));

    /// <summary>Forgets the boundaries of this owner and of all inside of it.</summary>
    public void PopTo(int owner)
    {
        while (_open.Count > 0 && _open[^1].Owner >= owner)
            _open.RemoveAt(_open.Count - 1);
    }

    public bool IsDelimiter(ReadOnlySpan<byte> line) => TryMatch(line, out _, out _);

    /// <param name="line">A line without its end. It must be the delimiter and nothing else: many senders use boundaries that begin alike, against the RFC.</param>
    public bool TryMatch(ReadOnlySpan<byte> line, out int owner, out bool isClose)
    {
        (owner, isClose) = (-1, false);
        if (_open.Count == 0 || line.Length > MaximumLine || !line.StartsWith("--"u8))
            return false;
        var text = line[2..].TrimEnd(" \t\r"u8);
        for (var i = _open.Count - 1; i >= 0; i--)
        {
            var boundary = _open[i].Boundary;
            isClose = text.Length == boundary.Length + 2 && text.EndsWith("--"u8);
            if (!isClose && text.Length != boundary.Length || !text.StartsWith(boundary))
                continue;
            owner = _open[i].Owner;
            return true;
        }

        isClose = false;
        return false;
    }
}
