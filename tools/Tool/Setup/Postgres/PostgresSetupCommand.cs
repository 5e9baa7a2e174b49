using System.CommandLine;
using LastMile.Events.Tool.Installation;
using Npgsql;

namespace LastMile.Events.Tool.Setup.Postgres;

/// <summary><c>lastmile setup postgres</c>: creates the roles and rights in the application's database.</summary>
internal sealed class PostgresSetupCommand : SetupSubcommand
{
    private const string SchemaOption = "schema";

    private readonly Option<string?> admin = AdminOption("Host=…;Username=postgres;Password=…");

    private readonly Option<bool> schema = new("--" + SchemaOption)
    {
        Description = "Also install or upgrade the schema lastmile, for an application without EF Core migrations.",
    };

    public PostgresSetupCommand(InstallationOption installation)
        : base(
            "postgres",
            "Create the Invalidator's role and its rights. No table of the application is changed.",
            installation)
    {
        foreach (var option in (Option[])[schema, Apply, ChangePasswords, admin])
            Options.Add(option);
    }

    public override string Examples =>
        """
          lastmile setup postgres > lastmile.sql && psql --dbname postgres --file lastmile.sql
          lastmile setup postgres --schema --apply --admin 'Host=db;Username=postgres'
        """;

    protected override async Task<int> RunAsync(InstallationSettings installation, ParseResult parsed, CancellationToken cancellationToken)
    {
        var names = PostgresNames.Of(installation.Postgres);
        HashSet<string> options = parsed.GetValue(schema) ? [SchemaOption] : [];
        if (!parsed.GetValue(Apply))
        {
            var steps = PostgresStep.All(names).Where(step => step.Option is null || options.Contains(step.Option));
            Console.Out.Write(PostgresScript.Compose(names, steps));
            return ExitCodes.Done;
        }

        var report = new ChangeReport(Console.Out);
        try
        {
            var login = new NpgsqlConnectionStringBuilder(Admin(parsed, admin));
            login.Database ??= "postgres";
            var application = new PostgresApplication(login, names, installation.Postgres, report)
            {
                ChangesPasswords = parsed.GetValue(ChangePasswords),
            };
            await application.RunAsync(options, cancellationToken);
        }
        catch (ArgumentException)
        {
            throw new RefusedException("--admin must be an Npgsql connection string: 'Host=…;Username=postgres;Password=…'.");
        }
        catch (NpgsqlException failure)
        {
            throw new SetupException($"PostgreSQL failed: {failure.GetBaseException().Message}", failure);
        }

        report.Finish();
        return ExitCodes.Done;
    }
}
