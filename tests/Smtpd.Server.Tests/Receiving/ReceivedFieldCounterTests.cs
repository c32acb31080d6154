using System.Text;
using Smtpd.Server.Receiving;

namespace Smtpd.Server.Tests.Receiving;

public sealed class ReceivedFieldCounterTests
{
    [Theory]
    [InlineData("Received: a\r\nreceived: b\r\nRECEIVED:c\r\n\r\nReceived: body\r\n", 3)]
    [InlineData("Received: a\nReceived: b\n\nReceived: body\n", 2)]
    [InlineData("X: 1\r\n Received: folded\r\nX-Received: b\r\nReceive: c\r\nReceived\r\nReceivedX: d\r\n", 0)]
    [InlineData("Received\x1A no colon\r\n", 0)]
    [InlineData("\r\nReceived: body", 0)]
    [InlineData("Received:", 1)]
    [InlineData("", 0)]
    public void The_same_is_counted_however_it_is_cut(string text, int expected)
    {
        var octets = Encoding.Latin1.GetBytes(text);
        for (var size = 1; size <= octets.Length + 1; size++)
        {
            ReceivedFieldCounter counter = new();
            foreach (var piece in octets.Chunk(size))
                counter.Append(piece);
            Assert.Equal(expected, counter.Count);
        }
    }
}
