using Smtpd.Server.Storage.Postgres;

namespace Smtpd.Server.Tests.Storage;

public sealed class PostgresAddressTests
{
    [Theory]
    [InlineData("postgres://u:p@h/d", "h", 5432, "u", "p", "d")]
    [InlineData("postgresql://u%40x:p%2F%3A%40%3F@h.test:6000/d%20e", "h.test", 6000, "u@x", "p/:@?", "d e")]
    [InlineData("postgres://u:a@b@h/d", "h", 5432, "u", "a@b", "d")]
    [InlineData("postgres://[::1]:6000/d", "::1", 6000, null, null, "d")]
    [InlineData("postgres:///d?host=/run/postgresql&user=u&password=p%26q", "/run/postgresql", 5432, "u", "p&q", "d")]
    [InlineData("postgres://u@a:1,b:2/d", "a:1,b:2", 5432, "u", null, "d")]
    public void An_address_is_read_as_psql_reads_it(string text, string host, int port, string? user, string? password, string database)
    {
        Assert.True(PostgresAddress.TryParse(text, out var address, out _));
        var connection = address.ToConnection();
        Assert.Equal((host, port, user, password, database), (connection.Host, connection.Port, connection.Username, connection.Password, connection.Database));
    }

    [Theory]
    [InlineData("mysql://u:secret@h/d", "must be postgres://")]
    [InlineData("postgres://u:secret@h", "database")]
    [InlineData("postgres:///secret", "host")]
    [InlineData("postgres://u:secret@h:x/d", "port")]
    [InlineData("postgres://u:secret@h:99999/d", "port")]
    [InlineData("postgres://u:secret@h/d?sslmod=require", "sslmode")]
    [InlineData("postgres://u:secret@h/d?sslmode=secret", "option sslmode")]
    [InlineData("postgres://u:secret@h/d?port=secret", "option port")]
    public void What_is_wrong_is_told_without_the_password(string text, string expected)
    {
        Assert.False(PostgresAddress.TryParse(text, out _, out var wrong));
        Assert.Contains(expected, wrong, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", wrong, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("postgres://u:secret@h/d", "postgres://u@h/d")]
    [InlineData("postgres://h:6000/d?password=secret", "postgres://h:6000/d")]
    public void It_prints_itself_without_the_password(string text, string printed)
    {
        Assert.True(PostgresAddress.TryParse(text, out var address, out _));
        Assert.Equal(printed, $"{address}");
    }

    [Fact]
    public void What_must_be_encrypted_may_be_said()
    {
        Assert.True(PostgresAddress.TryParse("postgres://u@h/d?sslmode=verify-full&sslrootcert=/etc/ca.pem", out var address, out _));
        Assert.Equal((Npgsql.SslMode.VerifyFull, "/etc/ca.pem"), (address.ToConnection().SslMode, address.ToConnection().RootCertificate));
    }
}
