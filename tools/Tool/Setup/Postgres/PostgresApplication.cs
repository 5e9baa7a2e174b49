using LastMile.Events.Tool.Installation;
using Npgsql;

namespace LastMile.Events.Tool.Setup.Postgres;

/// <summary>Runs the steps of <c>postgres_setup.sql</c> on a server.</summary>
/// <param name="admin">The administrator's connection string.</param>
/// <param name="names">The names that the steps use.</param>
/// <param name="logins">The connection strings of the Invalidator and of the owner.</param>
/// <param name="report">Receives what was changed or found.</param>
internal sealed class PostgresApplication(
    NpgsqlConnectionStringBuilder admin, PostgresNames names, PostgresSettings logins, ChangeReport report)
{
    // If a comparison may not read its table, or the table does not exist yet, the step counts as a change.
    private static readonly string[] Unreadable =
    [
        PostgresErrorCodes.InsufficientPrivilege, PostgresErrorCodes.UndefinedTable, PostgresErrorCodes.InvalidSchemaName,
    ];

    /// <summary>Whether the Invalidator's role gets the password of the installation if it exists with another one.</summary>
    public bool ChangesPasswords { get; init; }

    /// <summary>Runs the steps in order.</summary>
    /// <param name="options">The options that steps may need.</param>
    /// <param name="cancellationToken">Cancels the run.</param>
    public async Task RunAsync(IReadOnlySet<string> options, CancellationToken cancellationToken)
    {
        await using var server = await OpenAsync(admin.ConnectionString, cancellationToken);
        var steps = PostgresStep.All(await WithStoredVerifierAsync(server, cancellationToken))
            .Where(step => step.Option is null || options.Contains(step.Option)).ToLookup(step => step.Place);
        foreach (var step in steps[StepPlace.Server])
            await RunAsync(server, step, cancellationToken);

        await using var database = await OpenAsync(AdminIn(names.Database), cancellationToken);
        foreach (var step in steps[StepPlace.Database])
            await RunAsync(database, step, cancellationToken);

        await using var owner = await OpenAsOwnerAsync(server, cancellationToken);
        foreach (var step in steps[StepPlace.Owner])
            await RunAsync(owner, step, cancellationToken);
        if (await ScalarAsync(server, "show wal_level", cancellationToken) is not "logical")
        {
            report.Leave("Set wal_level = logical and restart PostgreSQL; until then the Invalidator polls. "
                + "As a superuser: alter system set wal_level = logical.");
        }
    }

    private async Task RunAsync(NpgsqlConnection connection, PostgresStep step, CancellationToken cancellationToken)
    {
        if (step.If is { } condition && await ScalarAsync(connection, $"select ({condition})::text", cancellationToken) != "true")
        {
            if (step.Else is { } advice)
                report.Leave(advice);
            else
                report.Add(step.Title, isChange: false);
            return;
        }

        var before = await FingerprintAsync(connection, step, cancellationToken);
        try
        {
            await using var command = new NpgsqlCommand(step.Sql, connection);
            await command.ExecuteNonQueryAsync(cancellationToken);
        }
        catch (PostgresException refusal) when (refusal.SqlState == PostgresErrorCodes.InsufficientPrivilege && step.Refused is not null)
        {
            report.Leave(step.Refused);
            return;
        }
        catch (PostgresException failure)
        {
            throw new SetupException(
                $"PostgreSQL refused the step '{step.Title}': {failure.MessageText}. "
                + "Fix that, or use the login of a superuser for --admin.",
                failure);
        }

        var after = await FingerprintAsync(connection, step, cancellationToken);
        report.Add(step.Title, isChange: before is null || before != after);
    }

    // A new verifier of the same password has another salt, so it would count as a change.
    private async Task<PostgresNames> WithStoredVerifierAsync(NpgsqlConnection server, CancellationToken cancellationToken)
    {
        var sql = names.Fill("select rolpassword from pg_authid where rolname = '{relay}'");
        var stored = await ReadableAsync(server, sql, cancellationToken);
        var verified = names with { RelayVerifier = ScramVerifier.Of(names.Relay.Password, stored) };
        await RejectOtherRoleAsync(server, stored, stored == verified.RelayVerifier, cancellationToken);
        return verified;
    }

    private async Task RejectOtherRoleAsync(
        NpgsqlConnection server, string? stored, bool hasPassword, CancellationToken cancellationToken)
    {
        var isSuperuser = await ScalarAsync(
            server, names.Fill("select rolsuper::text from pg_roles where rolname = '{relay}'"), cancellationToken);
        if (isSuperuser == "true")
        {
            throw new RefusedException(
                $"{names.Relay.User} is a superuser. Name a role of its own in Postgres:ConnectionString. Nothing was changed.");
        }

        if (isSuperuser is null || hasPassword || ChangesPasswords)
            return;
        if (stored is not null || await RefusesLoginAsync(server, cancellationToken))
            throw RefusedException.OtherPassword($"The role {names.Relay.User}");
    }

    // If the administrator may not read stored passwords, a login shows whether the role has the password of the file.
    private async Task<bool> RefusesLoginAsync(NpgsqlConnection server, CancellationToken cancellationToken)
    {
        if (await ScalarAsync(server, "select has_table_privilege('pg_authid', 'select')::text", cancellationToken) == "true")
            return false;
        try
        {
            await using var login = await OpenAsync(logins.ConnectionString, cancellationToken);
            return false;
        }
        catch (PostgresException refusal)
        {
            return refusal.SqlState == PostgresErrorCodes.InvalidPassword;
        }
    }

    private static async Task<string?> FingerprintAsync(
        NpgsqlConnection connection, PostgresStep step, CancellationToken cancellationToken) =>
        step.Compare is null ? null : await ReadableAsync(connection, step.Compare, cancellationToken);

    private static async Task<string?> ReadableAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        try
        {
            return await ScalarAsync(connection, sql, cancellationToken);
        }
        catch (PostgresException unreadable) when (Unreadable.Contains(unreadable.SqlState, StringComparer.Ordinal))
        {
            return null;
        }
    }

    private async Task<NpgsqlConnection> OpenAsOwnerAsync(NpgsqlConnection server, CancellationToken cancellationToken)
    {
        if (await ScalarAsync(server, "show is_superuser", cancellationToken) is not "on")
            return await OpenAsync(logins.OwnerConnectionString!, cancellationToken);
        var connection = await OpenAsync(AdminIn(names.Database), cancellationToken);
        await ScalarAsync(connection, names.Fill("set role \"{owner}\""), cancellationToken);
        return connection;
    }

    private string AdminIn(string database) =>
        new NpgsqlConnectionStringBuilder(admin.ConnectionString) { Database = database }.ConnectionString;

    private static async Task<NpgsqlConnection> OpenAsync(string connectionString, CancellationToken cancellationToken)
    {
        var connection = new NpgsqlConnection(
            new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false, ApplicationName = "lastmile setup" }.ConnectionString);
        try
        {
            await connection.OpenAsync(cancellationToken);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    private static async Task<string?> ScalarAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync(cancellationToken) as string;
    }
}
