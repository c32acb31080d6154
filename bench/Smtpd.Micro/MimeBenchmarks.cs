using BenchmarkDotNet.Attributes;
using Smtpd.Server.Mime;

namespace Smtpd.Micro;

/// <summary>Whole messages, as the indexer reads them.</summary>
public class MimeBenchmarks
{
    private readonly byte[] plain = SampleMail.Plain(4 * 1024);
    private readonly byte[] attachment = SampleMail.WithAttachment(100 * 1024);
    private readonly byte[] html = SampleMail.Html(20);

    [Benchmark(Description = "MIME, plain text, 4 KB")]
    public object Plain() => MimeReader.Read(plain);

    [Benchmark(Description = "MIME, text and an attachment of 100 KB in base64")]
    public object Attachment() => MimeReader.Read(attachment);

    [Benchmark(Description = "MIME, html of 4 KB in quoted-printable, encoded words in five fields")]
    public object Html() => MimeReader.Read(html);
}
