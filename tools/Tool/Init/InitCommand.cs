using System.CommandLine;
using LastMile.Events.Tool.Installation;
using LastMile.Events.Tool.Setup.Redis;

namespace LastMile.Events.Tool.Init;

/// <summary><c>lastmile init</c>: writes the installation file that the other commands read.</summary>
internal sealed class InitCommand : Command, IHasExamples
{
    private readonly Option<string> application = new("--application")
    {
        Description = "The application's name. Its queues and its RabbitMQ user are named after it.",
        HelpName = "name",
        Required = true,
    };

    private readonly Option<string> regions = new("--regions")
    {
        Description = "The regions, separated by commas. Add the address of a region's Redis if you know it.",
        HelpName = "name[=host:port],…",
        Required = true,
    };

    private readonly Option<string?> independent = new("--independent")
    {
        Description = "Regions whose Redis does not replicate from the primary, such as an existing Redis. Their agents purge them.",
        HelpName = "name,…",
    };

    private readonly Option<string?> readOnly = new("--read-only")
    {
        Description = "Regions whose Redis is a replica of the primary that refuses writes. Their applications fill the cache there.",
        HelpName = "name,…",
    };

    private readonly Option<string?> postgres = new("--postgres")
    {
        Description = "The application's database.",
        HelpName = "host[:port]/database",
    };

    private readonly Option<string?> primary = new("--primary")
    {
        Description = "The Redis primary. Not needed if every region is independent.",
        HelpName = "host:port",
    };

    private readonly Option<string?> rabbitMq = new("--rabbitmq")
    {
        Description = "RabbitMQ, with the virtual host if it is not '/'.",
        HelpName = "host[:port][/vhost]",
    };

    private readonly Option<string?> owner = new("--owner")
    {
        Description = "The existing role that owns the application's tables and runs its migrations. "
            + "By default, 'lastmile setup postgres' creates one.",
        HelpName = "role",
    };

    private readonly Option<string?> invalidator = new("--invalidator")
    {
        Description = "The future address of the Invalidator's HTTP API.",
        HelpName = "http://host:port",
    };

    private readonly Option<string> output = new("--output")
    {
        Description = "The file to write. An existing file is never overwritten.",
        HelpName = "file",
        DefaultValueFactory = _ => InstallationOption.DefaultFile,
    };

    public InitCommand()
        : base("init", "Write the installation file: the address, user and new password of each login. The other commands read it.")
    {
        Option[] all = [application, regions, independent, readOnly, postgres, owner, primary, rabbitMq, invalidator, output];
        foreach (var option in all)
            Options.Add(option);
        SetAction(Run);
    }

    public string Examples =>
        """
          lastmile init --application shop --regions ams,syd
          lastmile init --application shop --regions ams=redis-ams:6379,syd=redis-syd:6379 \
            --postgres db:5432/shop --primary redis-primary:6379 --rabbitmq rabbitmq:5672/shop
        """;

    private int Run(ParseResult parsed)
    {
        var draft = new InstallationDraft(
            parsed.GetRequiredValue(application),
            [.. List(parsed.GetRequiredValue(regions)).Select(RegionOf)],
            List(parsed.GetValue(independent) ?? "").ToHashSet(StringComparer.Ordinal),
            List(parsed.GetValue(readOnly) ?? "").ToHashSet(StringComparer.Ordinal),
            parsed.GetValue(postgres),
            parsed.GetValue(primary),
            parsed.GetValue(rabbitMq),
            parsed.GetValue(owner),
            parsed.GetValue(invalidator));
        if (Problem(draft) is { } problem)
            return Refuse(problem);

        var path = parsed.GetRequiredValue(output);
        if (File.Exists(path))
            return Refuse($"{path} exists, and its passwords may be in use. Move it, or write another file with --output.");
        PrivateFile.Write(path, draft.Compose());
        Report(path, draft.HasPrimary);
        return 0;
    }

    private static void Report(string path, bool hasPrimary)
    {
        Console.Out.WriteLine($"Wrote {path}. It contains passwords, so only you can read it.");
        var placeholders = File.ReadLines(path).Where(line => !line.TrimStart().StartsWith("//", StringComparison.Ordinal))
            .Select(Placeholder.In).OfType<string>().Distinct(StringComparer.Ordinal).ToList();
        if (placeholders.Count > 0)
            Console.Out.WriteLine($"Replace the placeholders in it: {string.Join(", ", placeholders)}.");
        var redis = hasPrimary ? "'lastmile setup redis primary', " : "";
        Console.Out.WriteLine($"Next: 'lastmile setup postgres', {redis}and so on; see 'lastmile setup --help'.");
    }

    private static string? Problem(InstallationDraft draft)
    {
        var names = draft.Regions.Select(region => region.Key).ToList();
        if (Names.Problem("application", draft.Application) is { } invalid)
            return invalid;
        if (names.Count == 0)
            return "Name at least one region: --regions ams,syd.";
        if (names.Select(name => Names.Problem("region", name)).OfType<string>().FirstOrDefault() is { } problem)
            return problem;
        if (names.Contains(RedisServerPlan.Primary, StringComparer.Ordinal))
            return "A region can't be named 'primary', which names the Redis primary in 'lastmile setup redis'.";
        if (names.Count != names.Distinct(StringComparer.Ordinal).Count())
            return "--regions names a region twice. Name each region once.";
        if (ProblemOfTopologies(draft, names) is { } topology)
            return topology;
        if (draft.Invalidator is { } api && !(Uri.TryCreate(api, UriKind.Absolute, out var parsed) && parsed.Scheme is "http" or "https"))
            return "--invalidator must be an address such as http://127.0.0.1:5081.";
        if (Addresses(draft).Any(address => address.AsSpan().ContainsAny(",;\"\\ ")))
            return "An address or a name contains a comma, a semicolon, a quote, a backslash or a space. "
                + "Remove it; add options in the file later.";
        return draft.Postgres is { } database && database.IndexOf('/', StringComparison.Ordinal) is <= 0
            ? "--postgres must be HOST[:PORT]/DATABASE."
            : null;
    }

    private static string? ProblemOfTopologies(InstallationDraft draft, List<string> names)
    {
        foreach (var (option, chosen) in new[] { ("--independent", draft.Independent), ("--read-only", draft.ReadOnly) })
        {
            if (chosen.Except(names, StringComparer.Ordinal).FirstOrDefault() is { } unknown)
                return $"{option} names '{unknown}'. Add it to --regions, or correct the name.";
        }

        if (draft.Independent.Intersect(draft.ReadOnly, StringComparer.Ordinal).FirstOrDefault() is { } both)
            return $"--independent and --read-only both name '{both}'. Choose one.";
        var chosenAll = draft.Independent.Concat(draft.ReadOnly);
        return draft.ReadOnly.Count > 0 && names.Except(chosenAll, StringComparer.Ordinal).FirstOrDefault() is { } replicated
            ? $"--read-only does not name '{replicated}', which would be a writable replica of the same primary. A primary that "
                + "applications fill can't have both: name it in --read-only or in --independent."
            : null;
    }

    private static IEnumerable<string> Addresses(InstallationDraft draft) =>
        draft.Regions.Select(region => region.Value)
            .Concat([draft.Postgres, draft.Primary, draft.RabbitMq, draft.Invalidator, draft.Owner]).OfType<string>();

    private static string[] List(string text) =>
        text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    private static KeyValuePair<string, string?> RegionOf(string text) =>
        text.IndexOf('=', StringComparison.Ordinal) is > 0 and var equals ? new(text[..equals], text[(equals + 1)..]) : new(text, null);

    private static int Refuse(string reason)
    {
        Console.Error.WriteLine(reason);
        return ExitCodes.Refused;
    }
}
