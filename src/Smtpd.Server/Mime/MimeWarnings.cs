namespace Smtpd.Server.Mime;

/// <summary>Collects warnings: the first of each code.</summary>
internal sealed class MimeWarnings
{
    private readonly List<MimeWarning> _all = [];

    public IReadOnlyList<MimeWarning> All => _all;

    public void Add(string code, string words)
    {
        foreach (var each in _all)
        {
            if (each.Code.Equals(code, StringComparison.Ordinal))
                return;
        }

        _all.Add(new(code, words));
    }
}
