using System.Diagnostics;
using System.Globalization;
using Npgsql;
using Smtpd.Server.Tests.Running;

namespace Smtpd.Server.Tests.Storage;

/// <summary>A PostgreSQL of one's own: made in a temporary directory, on loopback and a unix socket, gone afterwards.</summary>
internal sealed class PostgresCluster : IAsyncDisposable
{
    public const string User = "smtpd";

    // What a URL must escape, and what no log may show.
    public const string Password = "top secret/@:?%";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly TemporaryDirectory directory = new();
    private readonly string programs;
    private readonly bool isDurable;
    private Process? process;
    private int databases;

    private PostgresCluster(string programs, bool isDurable) => (this.programs, this.isDurable) = (programs, isDurable);

    public int Port { get; } = ExternalProgram.FreePort();

    /// <summary>Where its unix socket is.</summary>
    public string SocketDirectory => directory.Path;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>Makes one and starts it. Skips the test where PostgreSQL is not installed.</summary>
    /// <param name="isDurable">With fsync, for tests that kill.</param>
    public static async Task<PostgresCluster> StartAsync(bool isDurable)
    {
        var programs = Directory.Exists("/usr/lib/postgresql")
            ? Directory.EnumerateDirectories("/usr/lib/postgresql").Select(each => Path.Combine(each, "bin")).Where(each => File.Exists(Path.Combine(each, "initdb"))).Order(StringComparer.Ordinal).LastOrDefault()
            : null;
        if (programs is null)
            Skips.Missing("PostgreSQL is not installed");
        PostgresCluster cluster = new(programs, isDurable);
        try
        {
            await cluster.MakeAsync();
            await cluster.StartAsync();
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>Makes a copy of a running one that follows it, and has the first wait with each commit until the copy has it on its disk too.</summary>
    public static async Task<PostgresCluster> StartStandbyAsync(PostgresCluster primary)
    {
        PostgresCluster standby = new(primary.programs, primary.isDurable);
        try
        {
            await standby.CopyAsync(primary);
            await standby.StartAsync();
            await primary.ExecuteAsync("postgres", "ALTER SYSTEM SET synchronous_standby_names = '*'");
            await primary.ExecuteAsync("postgres", "SELECT pg_reload_conf()");
            await Poll.UntilAsync(async () => await primary.ExecuteAsync("postgres", "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'") is 1L, Cancel);
            return standby;
        }
        catch
        {
            await standby.DisposeAsync();
            throw;
        }
    }

    /// <summary>Makes an empty database.</summary>
    /// <param name="how">What else to say to CREATE DATABASE.</param>
    /// <returns>Its name.</returns>
    public async Task<string> CreateDatabaseAsync(string how = "")
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"test{Interlocked.Increment(ref databases)}");
        await ExecuteAsync("postgres", $"CREATE DATABASE {name} TEMPLATE template0 {how}");
        return name;
    }

    /// <summary>As <c>--store</c> takes it.</summary>
    public string Url(string database) => string.Create(CultureInfo.InvariantCulture, $"postgres://{User}:{Uri.EscapeDataString(Password)}@127.0.0.1:{Port}/{database}");

    public async Task<object?> ExecuteAsync(string database, string sql)
    {
        await using NpgsqlConnection connection = new(new NpgsqlConnectionStringBuilder
        {
            Host = "127.0.0.1",
            Port = Port,
            Username = User,
            Password = Password,
            Database = database,
            Pooling = false,
            IncludeErrorDetail = true,
            CommandTimeout = 600,
        }.ConnectionString);
        await connection.OpenAsync(Cancel);
#pragma warning disable CA2100 // a test's own text
        await using NpgsqlCommand command = new(sql, connection);
#pragma warning restore CA2100
        return await command.ExecuteScalarAsync(Cancel);
    }

    /// <summary>Starts the server again after <see cref="KillAsync"/> or <see cref="StopAsync"/>.</summary>
    public async Task StartAsync()
    {
        // When this process dies, however it dies, the pipe to the shell ends, and the server with it.
        process = Process.Start(AsUser("sh", "-c", "\"$0\" -D \"$1\" & cat > /dev/null; kill -INT $! 2> /dev/null; wait", Path.Combine(programs, "postgres"), directory["data"]))!;
        _ = process.StandardError.ReadToEndAsync(CancellationToken.None);
        _ = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
        var started = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                await ExecuteAsync("postgres", "SELECT 1");
                return;
            }
            catch (NpgsqlException) when (started.Elapsed < Patience && !process.HasExited)
            {
                await Task.Delay(20, Cancel);
            }
        }
    }

    /// <summary>The postmaster and all that it has started.</summary>
    public IEnumerable<int> Processes()
    {
        var data = directory["data"];
        foreach (var each in Directory.EnumerateDirectories("/proc").Where(each => char.IsAsciiDigit(Path.GetFileName(each)[0])))
        {
            if (IsIn(data, each))
                yield return int.Parse(Path.GetFileName(each), CultureInfo.InvariantCulture);
        }
    }

    /// <summary>SIGKILL of the postmaster: every session ends without a word, and the next start recovers from the log.</summary>
    public async Task KillAsync()
    {
        var postmaster = (await File.ReadAllLinesAsync(directory["data", "postmaster.pid"], Cancel))[0];
        using (var kill = Process.Start("kill", ["-KILL", postmaster]))
            await kill.WaitForExitAsync(Cancel);
        await StopAsync();
        // The sessions notice by themselves that it has gone, a moment later; a new server refuses to start before.
        var started = Stopwatch.StartNew();
        while (File.Exists(directory["data", "postmaster.pid"]) && Processes().Any())
        {
            Assert.True(started.Elapsed < Patience, "sessions live on without their server");
            await Task.Delay(20, Cancel);
        }
    }

    /// <summary>A fast shutdown, as an upgrade does.</summary>
    public async Task StopAsync()
    {
        process!.StandardInput.Close();
        await process.WaitForExitAsync(Cancel);
    }

    public async ValueTask DisposeAsync()
    {
        if (process is { HasExited: false })
        {
            process.StandardInput.Close();
            if (!process.WaitForExit(TimeSpan.FromSeconds(10)))
                process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync(CancellationToken.None);
        }

        process?.Dispose();
        directory.Dispose();
    }

    private static bool IsIn(string data, string process)
    {
        try
        {
            return new DirectoryInfo(Path.Combine(process, "cwd")).LinkTarget is string cwd && cwd.Equals(data, StringComparison.Ordinal)
                && File.ReadAllText(Path.Combine(process, "stat")).Split(") ")[^1][0] != 'Z';
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false; // it has just ended
        }
    }

    // Of a setting that is made twice the last one holds.
    private async Task CopyAsync(PostgresCluster primary)
    {
        if (Environment.IsPrivilegedProcess)
            await RunAsync(new ProcessStartInfo("chown", ["-R", Account(), directory.Path]) { UseShellExecute = false, RedirectStandardError = true, RedirectStandardOutput = true });
        var copy = AsUser(Path.Combine(programs, "pg_basebackup"), "-D", directory["data"], "-h", "127.0.0.1", "-p", primary.Port.ToString(CultureInfo.InvariantCulture), "-U", User, "-R", "-X", "stream", "-c", "fast", "--no-sync");
        copy.Environment["PGPASSWORD"] = Password;
        await RunAsync(copy);
        await File.AppendAllTextAsync(directory["data", "postgresql.conf"], string.Create(CultureInfo.InvariantCulture, $"port = {Port}\nunix_socket_directories = '{SocketDirectory}'\n"), Cancel);
        // A former primary's own wish to be followed is not the copy's.
        await File.AppendAllTextAsync(directory["data", "postgresql.auto.conf"], "synchronous_standby_names = ''\n", Cancel);
    }

    private async Task MakeAsync()
    {
        var passwordFile = directory["password"];
        await File.WriteAllTextAsync(passwordFile, Password, Cancel);
        if (Environment.IsPrivilegedProcess)
            await RunAsync(new ProcessStartInfo("chown", ["-R", Account(), directory.Path]) { UseShellExecute = false, RedirectStandardError = true, RedirectStandardOutput = true });
        await RunAsync(AsUser(Path.Combine(programs, "initdb"), "-D", directory["data"], "-U", User, "-A", "scram-sha-256", "--pwfile", passwordFile, "-E", "UTF8", "--locale", "C.UTF-8", "--no-sync"));
        var settings = string.Create(CultureInfo.InvariantCulture, $"""

            port = {Port}
            listen_addresses = '127.0.0.1'
            unix_socket_directories = '{SocketDirectory}'
            max_connections = 100
            shared_buffers = 256MB
            max_wal_size = 2GB
            log_min_messages = fatal

            """);
        if (!isDurable)
            settings += "fsync = off\nsynchronous_commit = off\nfull_page_writes = off\n";
        await File.AppendAllTextAsync(directory["data", "postgresql.conf"], settings, Cancel);
    }

    // PostgreSQL refuses to run as root.
    private static ProcessStartInfo AsUser(string program, params string[] arguments)
    {
        string[] command = Environment.IsPrivilegedProcess ? ["setpriv", "--reuid", Account(), "--regid", Account(), "--clear-groups", program, .. arguments] : [program, .. arguments];
        return new(command[0], command[1..]) { WorkingDirectory = "/", UseShellExecute = false, RedirectStandardInput = true, RedirectStandardError = true, RedirectStandardOutput = true };
    }

    private static string Account() => File.ReadLines("/etc/passwd").Any(each => each.StartsWith("postgres:", StringComparison.Ordinal)) ? "postgres" : "nobody";

    private static async Task RunAsync(ProcessStartInfo start)
    {
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(Cancel);
        var error = await process.StandardError.ReadToEndAsync(Cancel);
        await process.WaitForExitAsync(Cancel);
        Assert.True(process.ExitCode == 0, $"{start.FileName} ended with {process.ExitCode}:\n{await output}{error}");
    }
}

/// <summary>One cluster for all tests of a run that do not kill it; started by the first that asks.</summary>
public sealed class SharedPostgres : IAsyncDisposable
{
    private readonly Lazy<Task<PostgresCluster>> cluster = new(() => PostgresCluster.StartAsync(isDurable: false));

    internal Task<PostgresCluster> StartAsync() => cluster.Value;

    public async ValueTask DisposeAsync()
    {
        if (cluster is { IsValueCreated: true, Value.IsCompletedSuccessfully: true })
            await (await cluster.Value).DisposeAsync();
    }
}
