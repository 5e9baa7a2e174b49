using System.Security.Cryptography;
using System.Text;
using LastMile.Events.Postgres;
using LastMile.Events.Tool.Doctor.Facts;
using LastMile.Events.Tool.Installation;
using Npgsql;
using Npgsql.Replication;

namespace LastMile.Events.Tool.Doctor.Reading;

/// <summary>Reads the state of the database as the Invalidator's role. Changes nothing.</summary>
internal sealed class PostgresReader(PostgresSettings settings, TimeProvider time)
{
    private readonly NpgsqlConnectionStringBuilder login = Login(settings.ConnectionString);

    /// <summary>Reads all facts.</summary>
    public async Task<PostgresFacts> ReadAsync(CancellationToken cancellationToken)
    {
        await using var source = NpgsqlDataSource.Create(login);
        var server = await Probe.ReadAsync(token => ServerAsync(source, token), cancellationToken);
        return new PostgresFacts
        {
            Address = $"{login.Host}:{login.Port}/{login.Database}",
            Role = login.Username ?? "",
            Server = server,
            SchemaVersion = await OnSchemaAsync(server, token => ScalarAsync<int>(source, "schema_version", token), cancellationToken),
            MissingRights = await OnSchemaAsync(server, token => RightsAsync(source, token), cancellationToken),
            Audit = await OnSchemaAsync(server, token => AuditAsync(source, token), cancellationToken),
            Identity = await OnSchemaAsync(server, token => ScalarAsync<string?>(source, "identity", token), cancellationToken),
            Tables = await OnSchemaAsync(server, token => TablesAsync(source, token), cancellationToken),
            StreamRefusal = await OnServerAsync(server, token => StreamRefusalAsync(server.Value, token), cancellationToken),
            OpenTransactions = await OnServerAsync(server, token => TransactionsAsync(source, token), cancellationToken),
        };
    }

    /// <summary>Returns the name of the replication slot of a database's stream, as the Invalidator derives it.</summary>
    internal static string SlotOf(string database) =>
        "lastmile_" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(database)))[..16];

    private static NpgsqlConnectionStringBuilder Login(string connectionString)
    {
        // Like the Invalidator, disables GSS encryption, which would load a library that containers lack.
        var options = new NpgsqlConnectionStringBuilder("GSS Encryption Mode=Disable;" + connectionString)
        {
            ApplicationName = "lastmile-doctor",
            Pooling = false,
            Timeout = (int)Probe.Timeout.TotalSeconds,
        };
        // Npgsql connects to the role's own database if none is named.
        options.Database ??= options.Username;
        return options;
    }

    private static async Task<Fact<T>> OnServerAsync<T>(
        Fact<PostgresServerFacts> server, Func<CancellationToken, Task<T>> read, CancellationToken cancellationToken) =>
        server.Missing is null ? await Probe.ReadAsync(read, cancellationToken) : Fact<T>.Unknown("PostgreSQL was not reached.");

    private static Task<Fact<T>> OnSchemaAsync<T>(
        Fact<PostgresServerFacts> server, Func<CancellationToken, Task<T>> read, CancellationToken cancellationToken) =>
        server is { Missing: null, Value.HasSchema: false }
            ? Task.FromResult(Fact<T>.Unknown("The schema lastmile is not installed."))
            : OnServerAsync(server, read, cancellationToken);

    private async Task<PostgresServerFacts> ServerAsync(NpgsqlDataSource source, CancellationToken cancellationToken)
    {
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        var before = time.GetUtcNow();
        await using var command = new NpgsqlCommand(EmbeddedFile.Read("doctor/server.sql"), connection);
        command.Parameters.Add(new() { Value = SlotOf(login.Database!) });
        command.Parameters.Add(new() { Value = OutboxSchema.Publication });
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        await row.ReadAsync(cancellationToken);
        return new PostgresServerFacts
        {
            VersionNumber = row.GetInt32(0),
            Version = row.GetString(1),
            WalLevel = row.GetString(2),
            IsStandby = row.GetBoolean(3),
            MayReplicate = row.GetBoolean(4),
            IsSuperuser = row.GetBoolean(5),
            MaxSlots = row.GetInt32(6),
            Slots = row.GetInt32(7),
            MaxSenders = row.GetInt32(8),
            Senders = row.GetInt32(9),
            SlotWalLimit = row.GetInt64(10),
            HasStream = row.GetBoolean(11),
            KeptWal = row.GetInt64(12),
            HasPublication = row.GetBoolean(13),
            HasSchema = row.GetBoolean(14),
            IsPooled = row.GetInt32(15) != connection.ProcessID,
            ClockOffset = Clock.Offset(row.GetFieldValue<DateTimeOffset>(16), before, time.GetUtcNow()),
        };
    }

    private static async Task<T> ScalarAsync<T>(NpgsqlDataSource source, string sql, CancellationToken cancellationToken)
    {
        await using var command = source.CreateCommand(EmbeddedFile.Read($"doctor/{sql}.sql"));
        return (T)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    private static async Task<IReadOnlyList<string>> RightsAsync(NpgsqlDataSource source, CancellationToken cancellationToken) =>
        await RowsAsync(source, "rights", row => row.GetString(0), cancellationToken);

    private static async Task<IReadOnlyList<AuditFinding>> AuditAsync(NpgsqlDataSource source, CancellationToken cancellationToken) =>
        await RowsAsync(
            source, "audit", row => new AuditFinding(row.GetString(0), row.GetString(1), row.GetString(2)), cancellationToken);

    private static async Task<PostgresTables> TablesAsync(NpgsqlDataSource source, CancellationToken cancellationToken) =>
        (await RowsAsync(
            source,
            "tables",
            row => new PostgresTables(row.GetInt64(0), row.GetInt64(1), row.GetTimeSpan(2), row.GetInt64(3)),
            cancellationToken))[0];

    // The owner may see transactions that the Invalidator's role does not.
    private async Task<IReadOnlyList<OpenTransaction>> TransactionsAsync(NpgsqlDataSource source, CancellationToken cancellationToken)
    {
        var seen = await OpenTransactionsAsync(source, cancellationToken);
        if (settings.OwnerConnectionString is not { } owner)
            return seen;
        await using var owned = NpgsqlDataSource.Create(Login(owner));
        return [.. seen, .. await OpenTransactionsAsync(owned, cancellationToken)];
    }

    private static async Task<List<OpenTransaction>> OpenTransactionsAsync(NpgsqlDataSource source, CancellationToken cancellationToken) =>
        await RowsAsync(
            source,
            "open_transactions",
            row => new OpenTransaction(row.GetInt32(0), row.IsDBNull(1) ? TimeSpan.Zero : row.GetTimeSpan(1)),
            cancellationToken);

    // Opens the connection that the stream needs, and creates no slot.
    private async Task<string?> StreamRefusalAsync(PostgresServerFacts server, CancellationToken cancellationToken)
    {
        if (server.HasStream)
            return null;
        try
        {
            await using var connection = new LogicalReplicationConnection(login.ConnectionString);
            await connection.Open(cancellationToken);
            await connection.IdentifySystem(cancellationToken);
            return null;
        }
        catch (PostgresException refused)
        {
            return refused.MessageText;
        }
    }

    private static async Task<List<T>> RowsAsync<T>(
        NpgsqlDataSource source, string sql, Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken)
    {
        var rows = new List<T>();
        await using var command = source.CreateCommand(EmbeddedFile.Read($"doctor/{sql}.sql"));
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            rows.Add(read(reader));
        return rows;
    }
}
