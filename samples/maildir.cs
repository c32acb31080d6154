#:project ../src/Smtpd/Smtpd.csproj
// Delivers each message into a maildir, so that 250 means kept: written, synced, renamed, and the folder synced before the reply.
//   dotnet run maildir.cs /var/mail/me [address to listen on, default 127.0.0.1:2525]
using System.Runtime.InteropServices;
using System.Text;
using Smtpd;

var folder = args is [var given, ..] ? given : throw new ArgumentException("usage: dotnet run maildir.cs FOLDER [ADDRESS]");
foreach (var name in new[] { "tmp", "new", "cur" })
    Directory.CreateDirectory(Path.Combine(folder, name));

using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, pressed) => { pressed.Cancel = true; stop.Cancel(); };

await using var server = new SmtpServer(new SmtpServerOptions
{
    Endpoints = { SmtpEndpoint.Parse(args is [_, var address, ..] ? address : "127.0.0.1:2525") },
    OnMessage = async (mail, cancellationToken) =>
    {
        // Nothing that a client sent becomes part of a name.
        var name = $"{DateTimeOffset.UtcNow.ToUnixTimeSeconds()}.{Guid.NewGuid():N}.{Environment.MachineName.Replace('/', '_').Replace(':', '_')}";
        var path = Path.Combine(folder, "tmp", name);
        try
        {
            await using (var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write))
            {
                await file.WriteAsync(Encoding.UTF8.GetBytes($"Return-Path: <{mail.Transaction.Sender}>\r\n"), cancellationToken);
                await mail.Body.CopyToAsync(file, cancellationToken);
                file.Flush(flushToDisk: true);
            }

            File.Move(path, Path.Combine(folder, "new", name));
            SyncFolder(Path.Combine(folder, "new"));
            return SmtpReply.Accepted($"kept as {name}");
        }
        finally
        {
            File.Delete(path);
        }
    },
});
await server.StartAsync(stop.Token);
Console.WriteLine($"Listening on {string.Join(", ", server.LocalEndPoints)}, Ctrl+C to stop");
await Task.Delay(Timeout.Infinite, stop.Token).ContinueWith(_ => { }, TaskScheduler.Default);
await server.StopAsync();

// A rename is on the disk when its folder is. .NET cannot open folders; Windows needs no such thing.
static void SyncFolder(string folder)
{
    if (OperatingSystem.IsWindows())
        return;
    var descriptor = open(folder, 0);
    var isSynced = descriptor >= 0 && fsync(descriptor) == 0;
    if (descriptor < 0 || close(descriptor) != 0 || !isSynced)
        throw new IOException($"{folder} cannot be synced.");

    [DllImport("libc")] static extern int open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);
    [DllImport("libc")] static extern int fsync(int descriptor);
    [DllImport("libc")] static extern int close(int descriptor);
}
