using System.CommandLine;
using System.Globalization;
using LastMile.Events.Tool.Installation;
using Npgsql;
using Spectre.Console;

namespace LastMile.Events.Tool.Quarantine;

/// <summary><c>lastmile quarantine</c>: lists, requeues, or drops changes that could not be processed.</summary>
internal sealed class QuarantineCommand : Command
{
    private readonly Option<string?> database = new("--database")
    {
        Description = "The application's database, as an Npgsql connection string. "
            + "Defaults to the variable Postgres__ConnectionString, then to the database of the installation.",
        HelpName = "connection string",
        Recursive = true,
    };

    private readonly Option<string?> entity = new("--entity")
    {
        Description = "Only rows of this entity.",
        HelpName = "name",
        Recursive = true,
    };
    private readonly Option<bool> all = new("--all") { Description = "Every row." };
    private readonly Argument<long[]> ids = new("id") { Description = "The ids of the rows.", Arity = ArgumentArity.ZeroOrMore };

    private readonly InstallationOption installation;

    public QuarantineCommand(InstallationOption installation)
        : base("quarantine", "List changes that could not be processed, return them to the outbox, or drop them.")
    {
        this.installation = installation;
        Options.Add(installation.Option);
        Options.Add(database);
        Options.Add(entity);
        Subcommands.Add(Sub("list", "Show the changes, each with its reason.", ListAsync));
        Subcommands.Add(Sub("requeue", "Return changes to the outbox, after fixing the cause in their reasons.", RequeueAsync, ids, all));
        Subcommands.Add(Sub("drop", "Drop changes. Their entities' tags were already purged at quarantine time.", DropAsync, ids, all));
    }

    private Command Sub(
        string name,
        string description,
        Func<QuarantineTable, ParseResult, CancellationToken, Task<int>> run,
        params Symbol[] symbols)
    {
        var command = new Command(name, description);
        foreach (var option in symbols.OfType<Option>())
            command.Options.Add(option);
        foreach (var argument in symbols.OfType<Argument>())
            command.Arguments.Add(argument);
        command.SetAction((parsed, cancellationToken) => OnDatabaseAsync(parsed, table => run(table, parsed, cancellationToken)));
        return command;
    }

    private async Task<int> OnDatabaseAsync(ParseResult parsed, Func<QuarantineTable, Task<int>> run)
    {
        var connectionString = parsed.GetValue(database)
            ?? Environment.GetEnvironmentVariable("Postgres__ConnectionString")
            ?? OwnerOf(installation.TryRead(parsed)?.Postgres);
        if (connectionString is null)
            return Fail("No database is specified. Use --database 'Host=…;Database=…;Username=…', or --installation FILE.");
        try
        {
            await using var source = NpgsqlDataSource.Create(connectionString);
            return await run(new QuarantineTable(source));
        }
        catch (Exception failure) when (failure is NpgsqlException or ArgumentException)
        {
            return Fail(failure.GetBaseException().Message);
        }
    }

    private async Task<int> ListAsync(QuarantineTable table, ParseResult parsed, CancellationToken cancellationToken)
    {
        var rows = await table.ReadAsync(new([], All: true, parsed.GetValue(entity)), cancellationToken);
        if (rows.Count == 0)
        {
            AnsiConsole.WriteLine("Nothing is in quarantine.");
            return 0;
        }

        var shown = new Table().AddColumns("id", "entity", "kind", "changed", "reason");
        foreach (var row in rows)
        {
            shown.AddRow(
                new Text(row.Id.ToString(CultureInfo.InvariantCulture)),
                new Text(row.Entity),
                new Text(row.Kind),
                new Text(row.ChangedAt.ToString("u", CultureInfo.InvariantCulture)),
                new Text(row.Reason));
        }

        AnsiConsole.Write(shown);
        return 0;
    }

    private Task<int> RequeueAsync(QuarantineTable table, ParseResult parsed, CancellationToken cancellationToken) => OnChosenAsync(
        table, parsed, async rows =>
        {
            var returned = await table.RequeueAsync(rows.Select(row => row.Id), cancellationToken);
            AnsiConsole.WriteLine($"{returned} returned to the outbox.");
            if (returned < rows.Count)
            {
                AnsiConsole.WriteLine($"{rows.Count - returned} not returned: they record a failed capture and contain no change. "
                    + "Fix the cause that their reasons name, then drop them.");
            }
        },
        cancellationToken);

    private Task<int> DropAsync(QuarantineTable table, ParseResult parsed, CancellationToken cancellationToken) => OnChosenAsync(
        table,
        parsed,
        async rows => AnsiConsole.WriteLine($"{await table.DropAsync(rows.Select(row => row.Id), cancellationToken)} dropped."),
        cancellationToken);

    private async Task<int> OnChosenAsync(
        QuarantineTable table, ParseResult parsed, Func<List<QuarantinedRow>, Task> act, CancellationToken cancellationToken)
    {
        var (chosenIds, chosenEntity) = (parsed.GetValue(ids) ?? [], parsed.GetValue(entity));
        var everyRow = parsed.GetValue(all) || (chosenIds.Length == 0 && chosenEntity is not null);
        var choice = new QuarantineChoice(chosenIds, everyRow, chosenEntity);
        if (choice.Reject() is { } reason)
            return Fail(reason);

        var rows = await table.ReadAsync(choice, cancellationToken);
        if (chosenIds.Except(rows.Select(row => row.Id)).ToList() is { Count: > 0 } unknown)
            return Fail($"These ids are not in quarantine: {string.Join(", ", unknown)}. Nothing was changed.");
        await act(rows);
        return 0;
    }

    private static string? OwnerOf(PostgresSettings? postgres) => postgres?.OwnerConnectionString ?? postgres?.ConnectionString;

    private static int Fail(string reason)
    {
        Console.Error.WriteLine(reason);
        return 1;
    }
}
