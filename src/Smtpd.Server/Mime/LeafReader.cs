using System.Buffers;
using System.Security.Cryptography;

namespace Smtpd.Server.Mime;

/// <summary>The content of one part after the other: decoded, counted, hashed; of text to be read as much kept as is shown.</summary>
internal sealed class LeafReader(MimeLimits limits, MimeWarnings warnings) : IDisposable
{
    private const int Chunk = 16 * 1024;
    private const int OctetsPerCharacter = 3; // UTF-8 beyond Latin; what needs four is two characters here

    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly byte[] _decoded = ArrayPool<byte>.Shared.Rent(Chunk + TransferDecoder.Slack);
    private byte[] _kept = [];
    private int _keptLength;
    private int _mayKeep;
    private bool _isHtml;
    private long _textLeft = (long)limits.TextCharacters * OctetsPerCharacter;
    private long _htmlLeft = (long)limits.TextCharacters * OctetsPerCharacter;
    private TransferDecoder? _decoder;
    private long _size;

    /// <param name="isBody">It belongs to the message itself, not to one attached.</param>
    public void Begin(MimePart part, bool isBody)
    {
        _decoder = TransferDecoder.For(part.Body.Encoding);
        _size = 0;
        _keptLength = 0;
        _isHtml = part.ContentType is "text/html";
        part.IsReadable = isBody && BodyChoice.MayBeBody(part);
        _mayKeep = part.IsReadable ? (int)Math.Min(int.MaxValue / 2, _isHtml ? _htmlLeft : _textLeft) : 0;
    }

    public void Take(ReadOnlySpan<byte> octets)
    {
        if (_decoder is null)
        {
            Decoded(octets);
            return;
        }

        while (!octets.IsEmpty)
        {
            var piece = octets[..Math.Min(octets.Length, Chunk)];
            Decoded(_decoded.AsSpan(0, _decoder.Decode(piece, _decoded)));
            octets = octets[piece.Length..];
        }
    }

    public void End(MimePart part)
    {
        if (_decoder is not null)
        {
            Decoded(_decoded.AsSpan(0, _decoder.Finish(_decoded)));
            if (_decoder.IsDamaged)
                warnings.Add("encoding", $"The transfer encoding of part {part.Path} is damaged.");
        }

        part.Size = _size;
        part.Sha256 = _hash.GetHashAndReset();
        if (part.IsReadable)
            EndText(part);
        _decoder = null;
    }

    public void Dispose()
    {
        _hash.Dispose();
        ArrayPool<byte>.Shared.Return(_decoded);
        if (_kept.Length > 0)
            ArrayPool<byte>.Shared.Return(_kept);
    }

    private void Decoded(ReadOnlySpan<byte> octets)
    {
        if (octets.IsEmpty)
            return;
        _size += octets.Length;
        _hash.AppendData(octets);
        var more = Math.Min(octets.Length, _mayKeep - _keptLength);
        if (more <= 0)
            return;
        Reserve(_keptLength + more);
        octets[..more].CopyTo(_kept.AsSpan(_keptLength));
        _keptLength += more;
    }

    private void EndText(MimePart part)
    {
        var octets = _kept.AsSpan(0, _keptLength);
        var encoding = Charsets.Find(part.Charset, out var isKnown);
        if (!isKnown)
            warnings.Add("charset", $"The charset of part {part.Path} is not known: {HeaderText.Cut(part.Charset ?? "", 40)}");
        if (encoding is null && _isHtml)
            encoding = Charsets.Find(HtmlText.CharsetOf(octets), out _);
        var text = Charsets.Decode(octets, encoding);
        if (_size > _keptLength || text.Length > limits.TextCharacters)
            warnings.Add(_isHtml ? "html-cut" : "text-cut", $"Only the first {limits.TextCharacters} characters are shown.");
        part.DecodedText = HeaderText.Cut(text, limits.TextCharacters);
        if (_isHtml)
            _htmlLeft -= _keptLength;
        else
            _textLeft -= _keptLength;
    }

    private void Reserve(int length)
    {
        if (_kept.Length >= length)
            return;
        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(4096, Math.Min(length * 2, Math.Max(length, _mayKeep))));
        _kept.AsSpan(0, _keptLength).CopyTo(larger);
        if (_kept.Length > 0)
            ArrayPool<byte>.Shared.Return(_kept);
        _kept = larger;
    }
}
