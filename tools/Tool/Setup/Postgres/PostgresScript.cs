using System.Text;

namespace LastMile.Events.Tool.Setup.Postgres;

/// <summary>Composes a script for psql from the steps.</summary>
internal static class PostgresScript
{
    /// <summary>Returns the script.</summary>
    /// <param name="names">The names.</param>
    /// <param name="steps">The steps.</param>
    public static string Compose(PostgresNames names, IEnumerable<PostgresStep> steps)
    {
        var script = new StringBuilder(
            """
            -- Run this as a superuser: psql --dbname postgres --file THIS-FILE. You can run it again: it changes only what differs.
            -- It contains no passwords, only the verifiers that PostgreSQL stores in place of them.
            \set ON_ERROR_STOP on
            \set QUIET on

            """);
        var place = StepPlace.Server;
        foreach (var step in steps)
        {
            if (place == StepPlace.Server && step.Place != StepPlace.Server)
                script.Append($"\n\\connect {PostgresNames.Identifier(names.Database)}\n");
            if (place != StepPlace.Owner && step.Place == StepPlace.Owner)
                script.Append($"\nset role {PostgresNames.Identifier(names.Owner.User)};\n");
            place = step.Place;
            script.Append($"\n-- {step.Title}\n").Append(Conditional(step));
        }

        return script.Append("\nreset role;\n").Append(Advice(names)).ToString();
    }

    /// <summary>Returns comments for the changes that no SQL statement of the script can make.</summary>
    public static string Advice(PostgresNames names)
    {
        var (database, relay) = (Quoted(names.Database), Quoted(names.Relay.User));
        return $"""

            -- For the stream of changes, the server needs wal_level = logical and a restart: alter system set wal_level = logical;
            -- Without it, the Invalidator polls. Managed services have a setting for it, such as rds.logical_replication.
            -- REPLICATION also permits copying the whole server. To restrict the role to its database, begin pg_hba.conf with:
            --   hostssl  {database}  {relay}  samenet  scram-sha-256
            --   host     replication  {relay}  all      reject

            """;
    }

    private static string Conditional(PostgresStep step)
    {
        if (step.If is null)
            return step.Sql + "\n";
        var otherwise = step.Else is null ? "" : $"\\else\n\\echo 'To do: {step.Else.Replace("'", "''", StringComparison.Ordinal)}'\n";
        return $"select ({step.If}) as todo \\gset\n\\if :todo\n{step.Sql}\n{otherwise}\\endif\n";
    }

    // As in SQL, pg_hba.conf doubles a quote within quotes.
    private static string Quoted(string name) =>
        name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-') ? name : PostgresNames.Identifier(name);
}
