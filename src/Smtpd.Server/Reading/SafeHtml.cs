using System.Collections.Frozen;
using System.Text;

namespace Smtpd.Server.Reading;

/// <summary>Html that can be shown in a sandboxed frame, and what it was before.</summary>
/// <param name="Html">Elements, attributes and addresses of a list only.</param>
/// <param name="BlockedLoads">Pictures and fonts that would have been fetched.</param>
/// <param name="HadScripts">There was a script, an event attribute or a link that runs one.</param>
/// <param name="HadForms">There was a form or a control.</param>
/// <param name="ExternalHosts">Where pictures and fonts come from, fetched or not; at most a hundred.</param>
/// <param name="IsCut">It was too long and ends early.</param>
internal sealed record SafeHtmlResult(string Html, int BlockedLoads, bool HadScripts, bool HadForms, IReadOnlyCollection<string> ExternalHosts, bool IsCut);

/// <summary>
/// Makes html of a message fit to be shown: it is cut into tags and text and written anew from the lists below, so that nothing gets through by not being understood. There is no
/// tree: nothing is too deep, time and memory grow with the length only. Nothing is written that browsers read in another way than html (script, svg, math, template, noscript, comments;
/// style without any <c>&lt;</c>), so what is safe stays safe when it is parsed again. Cleaning twice is cleaning once.
/// </summary>
internal sealed class SafeHtml
{
    /// <summary>UTF-16 units that are looked at.</summary>
    public const int MaximumLength = 2 << 20;

    /// <summary>UTF-16 units that are written: escapes make text longer.</summary>
    public const int MaximumOutput = 4 * MaximumLength;

    private const int MaximumDepth = 256; // elements within one another; browsers stop at 512
    private const string Transitional = "<!DOCTYPE html PUBLIC \"-//W3C//DTD XHTML 1.0 Transitional//EN\" \"http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd\">";

    // Elements that end with their end tag.
    private static readonly FrozenSet<string> s_nested = Set(
        "a abbr acronym address article aside b bdi bdo big blockquote caption center cite code del details dfn dir div dl em figcaption figure font footer h1 h2 h3 h4 h5 h6 header hgroup i ins kbd main map mark menu nav nobr ol picture pre q rp rt ruby s samp section small span strike strong sub summary sup table time tt u ul var");

    // Elements whose end is often left to the next one: they nest only through those above, and are written as they come.
    private static readonly FrozenSet<string> s_loose = Set("html head body p li dt dd td th tr tbody thead tfoot colgroup");

    private static readonly FrozenSet<string> s_empty = Set("br hr img col wbr area source");

    private static readonly FrozenSet<string> s_controls = Set("form input button select textarea option optgroup datalist output fieldset keygen isindex");

    private static readonly FrozenSet<string> s_attributes = Set(
        "abbr align alt axis bgcolor border bordercolor cellpadding cellspacing class clear color colspan compact coords datetime dir face headers height hidden hspace id lang name noshade nowrap open reversed role rowspan rules scope shape size span start summary text title type usemap valign value vspace width");

    private readonly HtmlTokenizer _tokens;
    private readonly RemoteLoads _loads;
    private readonly SafeCss _css;
    private readonly StringBuilder _output = new();
    private readonly List<string> _open = [];
    private bool _hadScripts;
    private bool _hadForms;

    private SafeHtml(string html, RemoteLoads loads) => (_tokens, _loads, _css) = (new(html), loads, new(loads));

    /// <summary>Never throws, whatever the html; <paramref name="contentUrl"/> may. It gives the address of a part by its content id, or null.</summary>
    public static SafeHtmlResult Clean(string html, RemoteContent remote = RemoteContent.Blocked, Func<string, string?>? contentUrl = null)
    {
        var isCut = html.Length > MaximumLength;
        RemoteLoads loads = new(remote, contentUrl);
        SafeHtml cleaner = new(isCut ? html[..MaximumLength] : html, loads);
        isCut |= !cleaner.Write();
        return new(cleaner._output.ToString(), loads.Blocked, cleaner._hadScripts || loads.HadScripts, cleaner._hadForms, loads.Hosts, isCut);
    }

    // False when the output is full.
    private bool Write()
    {
        var kind = _tokens.Next();
        for (; kind != HtmlTokenKind.End && _output.Length < MaximumOutput; kind = _tokens.Next())
        {
            switch (kind)
            {
                case HtmlTokenKind.Text:
                    _output.AppendText(_tokens.Text);
                    break;
                case HtmlTokenKind.StartTag:
                    Start(_tokens.Name);
                    break;
                case HtmlTokenKind.EndTag:
                    End(_tokens.Name);
                    break;
                case HtmlTokenKind.RawText:
                    Raw(_tokens.Name);
                    break;
                case HtmlTokenKind.Doctype when IsBlank():
                    Doctype();
                    break;
            }
        }

        for (var i = _open.Count - 1; i >= 0; i--)
            _output.Append("</").Append(_open[i]).Append('>');
        return kind == HtmlTokenKind.End;
    }

    // Which one decides how browsers lay out tables; none at all is a way, too.
    private void Doctype()
    {
        _output.Clear();
        var isTransitional = _tokens.Text.Contains("Transitional", StringComparison.OrdinalIgnoreCase) || _tokens.Text.Contains("Frameset", StringComparison.OrdinalIgnoreCase);
        _output.Append(isTransitional ? Transitional : "<!DOCTYPE html>");
    }

    private bool IsBlank() => _output.Length < 1000 && string.IsNullOrWhiteSpace(_output.ToString());

    private void Start(string name)
    {
        _hadForms |= s_controls.Contains(name);
        foreach (var (attribute, _) in _tokens.Attributes)
            _hadScripts |= attribute.StartsWith("on", StringComparison.Ordinal);
        if (s_nested.Contains(name))
        {
            if (name.Length == 1 && name[0] == 'a' && _open.Contains(name))
                End(name); // browsers do so, too: links do not nest
            if (_open.Count == MaximumDepth)
                return;
            _open.Add(name);
            Tag(name);
        }
        else if (s_loose.Contains(name) || s_empty.Contains(name))
            Tag(name);
        else
            Replaced(name);
    }

    // What remains of elements that are not written. Their content, where it is text or html, follows as if they were not there.
    private void Replaced(string name)
    {
        if (name is "script")
            _hadScripts = true;
        else if (name is "option")
            _output.Append(' ');
        else if (name is "input" && _tokens["type"]?.ToLowerInvariant() is "submit" or "button" or "reset" && _tokens["value"] is string caption)
            _output.AppendValue(caption);
    }

    private void End(string name)
    {
        if (s_loose.Contains(name))
            _output.Append("</").Append(name).Append('>');
        else if (_open.LastIndexOf(name) is >= 0 and var index)
        {
            _open.RemoveAt(index);
            _output.Append("</").Append(name).Append('>');
        }
    }

    private void Raw(string name)
    {
        if (name is "style")
        {
            var media = SafeCss.Media(_tokens["media"] ?? "");
            if (media is null || _css.Sheet(_tokens.Text.ToString()) is not { Length: > 0 } sheet)
                return;
            _output.Append("<style");
            if (media.Length > 0)
                Attribute("media", media);
            _output.Append(">\n").Append(sheet).Append("</style>");
        }
        else if (name is "textarea" or "xmp" or "plaintext")
            _output.AppendText(_tokens.Text);
    }

    private void Tag(string name)
    {
        _output.Append('<').Append(name);
        foreach (var (attribute, value) in _tokens.Attributes)
        {
            switch (attribute)
            {
                case "href" when name is "a" or "area":
                    Link(value);
                    break;
                case "src" when name is "img":
                    Picture(value);
                    break;
                case "srcset" when name is "img" or "source":
                    Attribute(attribute, Candidates(value));
                    break;
                case "background" when name is "table" || s_loose.Contains(name):
                    Attribute(attribute, _loads.Load(value, out _));
                    break;
                case "style":
                    Attribute(attribute, _css.Declarations(value));
                    break;
                case "media" or "sizes" when name is "source" or "img":
                    Attribute(attribute, SafeCss.Media(value));
                    break;
                default:
                    if (s_attributes.Contains(attribute) || IsAria(attribute))
                        _output.Append(' ').Append(attribute).Append("=\"").AppendValue(value).Append('"');
                    break;
            }
        }

        _output.Append('>');
    }

    private void Link(string url)
    {
        var address = _loads.Link(url);
        Attribute("href", address);
        if (address is not (null or ['#', ..]))
            _output.Append(" target=\"_blank\" rel=\"noopener noreferrer nofollow\"");
    }

    private void Picture(string url)
    {
        var address = _loads.Load(url, out var isBlocked);
        Attribute("src", isBlocked ? RemoteLoads.EmptyPicture : address);
        if (address?.StartsWith("http", StringComparison.OrdinalIgnoreCase) is true)
            _output.Append(" referrerpolicy=\"no-referrer\"");
    }

    // address [width or density], ...
    private string Candidates(string value)
    {
        List<string> candidates = [];
        foreach (var candidate in value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var words = candidate.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            var isKnown = words.Length == 1 || (words.Length == 2 && words[1][^1] is 'w' or 'x' && words[1][..^1].All(each => char.IsAsciiDigit(each) || each == '.'));
            if (isKnown && !words[0].StartsWith("data:", StringComparison.OrdinalIgnoreCase) && _loads.Load(words[0], out _) is string address)
                candidates.Add(words.Length == 1 ? address : $"{address} {words[1]}");
        }

        return string.Join(", ", candidates);
    }

    private void Attribute(string name, string? value)
    {
        if (!string.IsNullOrEmpty(value))
            _output.Append(' ').Append(name).Append("=\"").AppendValue(value).Append('"');
    }

    private static bool IsAria(string name) => name.StartsWith("aria-", StringComparison.Ordinal) && !name.AsSpan(5).ContainsAnyExceptInRange('a', 'z');

    private static FrozenSet<string> Set(string names) => names.Split(' ').ToFrozenSet(StringComparer.Ordinal);
}
