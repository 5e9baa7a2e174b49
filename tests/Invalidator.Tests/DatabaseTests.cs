using LastMile.Events.Invalidator.Postgres;
using Npgsql;
using Xunit;

namespace Invalidator.Tests;

public sealed class DatabaseTests
{
    [Theory]
    [InlineData("Host=db", GssEncryptionMode.Disable)]
    [InlineData("Host=db;GSS Encryption Mode=Require", GssEncryptionMode.Require)]
    [InlineData("Host=db;GssEncryptionMode=Prefer", GssEncryptionMode.Prefer)]
    public void Kerberos_is_off_unless_it_is_configured(string configured, GssEncryptionMode expected) =>
        Assert.Equal(
            expected,
            new NpgsqlConnectionStringBuilder(Database.ConnectionString(new PostgresOptions { ConnectionString = configured }))
                .GssEncryptionMode);

    [Theory]
    [InlineData("Host=db", 65_536)]
    [InlineData("Host=db;Read Buffer Size=8192", 8_192)]
    public void The_read_buffer_is_64_KiB_unless_another_is_configured(string configured, int expected)
    {
        using var connections = Database.Connect(new PostgresOptions { ConnectionString = configured });

        Assert.Equal(expected, new NpgsqlConnectionStringBuilder(connections.ConnectionString).ReadBufferSize);
    }
}
