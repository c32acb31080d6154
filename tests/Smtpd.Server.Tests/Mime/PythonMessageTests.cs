using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using Smtpd.Server.Mime;
using Smtpd.Server.Tests.Running;

namespace Smtpd.Server.Tests.Mime;

/// <summary>Messages that Python's <c>email</c> package makes and reads: the same must be found in them here.</summary>
public sealed class PythonMessageTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task What_python_writes_is_read_as_python_reads_it(int seed)
    {
        var output = await ExternalProgram.RunAsync("python3", null, Path.Combine(AppContext.BaseDirectory, "Mime", "generate_messages.py"), seed.ToString(CultureInfo.InvariantCulture), "150");
        var lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(150, lines.Length);
        for (var i = 0; i < lines.Length; i++)
        {
            using var expected = JsonDocument.Parse(lines[i]);
            Compare($"message {i} of seed {seed}", expected.RootElement);
        }
    }

    private static void Compare(string which, JsonElement expected)
    {
        var raw = expected.GetProperty("raw").GetBytesFromBase64();
        var message = Mail.Read(raw);
        Equal("subject", Blanks(expected.GetProperty("subject").GetString()), Blanks(message.Summary.Subject));
        Equal("from", Addresses(expected.GetProperty("from")), Addresses([message.Summary.From!]));
        if (expected.GetProperty("to").ValueKind == JsonValueKind.Array)
            Equal("to", Addresses(expected.GetProperty("to")), Addresses(message.Summary.To));
        Equal("date", DateTimeOffset.Parse(expected.GetProperty("date").GetString()!, CultureInfo.InvariantCulture).ToString("o"), message.Summary.Date?.ToUniversalTime().ToString("o"));
        Equal("text", Lines(expected.GetProperty("text").GetString()), Lines(message.Text));
        Equal("html", Lines(expected.GetProperty("html").GetString()), Lines(message.Html));
        Equal("words", Blanks(expected.GetProperty("words").GetString()), Blanks(message.Headers.FirstOrDefault(each => each.Name == "X-Words")?.Value));
        Equal("parts", string.Join('\n', expected.GetProperty("parts").EnumerateArray().Select(Part)), string.Join('\n', Mail.Parts(message.Root).Select(each => Part(raw, each))));
        Equal("warnings", "", string.Join('\n', message.Warnings.Where(each => each.Code is not ("file-name" or "encoded-word"))));

        void Equal(string what, string? one, string? other) => Assert.Equal($"{which}, {what}: {one}", $"{which}, {what}: {other}");
    }

    private static string Part(JsonElement part) =>
        $"{part.GetProperty("path")} {part.GetProperty("type")} {SafeFileName.Of(part.GetProperty("name").GetString())} {(part.TryGetProperty("sha256", out var hash) ? hash.GetString() : "")}";

    private static string Part(byte[] raw, MimePart part) =>
        $"{part.Path} {part.ContentType} {part.FileName} {(part.Children.Count > 0 ? "" : Convert.ToHexStringLower(SHA256.HashData(Mail.Open(raw, part.Body))))}";

    private static string Addresses(JsonElement list) => string.Join('\n', list.EnumerateArray().Select(each => $"{Blanks(each[0].GetString())} <{each[1].GetString()}>"));

    private static string Addresses(IEnumerable<HeaderAddress> list) => string.Join('\n', list.Select(each => $"{Blanks(each.Name)} <{each.Address}>"));

    private static string Blanks(string? text) => string.Join(' ', (text ?? "").Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    private static string Lines(string? text) => string.Join('\n', (text ?? "").Replace("\r\n", "\n", StringComparison.Ordinal).Split('\n').Select(each => each.TrimEnd(' ', '\t'))).Trim();
}
