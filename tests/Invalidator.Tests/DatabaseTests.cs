using LastMile.Events.Invalidator;
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
        Assert.Equal(expected, new NpgsqlConnectionStringBuilder(Database.ConnectionString(new PostgresOptions { ConnectionString = configured })).GssEncryptionMode);
}
