using System.CommandLine;
using LastMile.Events.Tool.Installation;

namespace LastMile.Events.Tool.Setup.Redis;

/// <summary><c>lastmile setup redis</c>: sets up the users and settings of the primary or of a region's Redis.</summary>
internal sealed class RedisSetupCommand : SetupSubcommand
{
    private readonly Argument<string> server = new("server")
    {
        Description = $"'{RedisServerPlan.Primary}' for the primary or its standby, or the name of a region.",
    };

    private readonly Option<string?> admin = AdminOption("host:port,user=…,password=…");

    private readonly Option<string> aclFile = new("--acl-file")
    {
        Description = "The path of users.acl on the server, for redis.conf.",
        HelpName = "path",
        DefaultValueFactory = _ => "/etc/redis/users.acl",
    };

    private readonly Option<string?> maxMemory = new("--maxmemory")
    {
        Description = "The memory limit, such as 2gb. By default, files set 512mb, and a running server keeps its limit.",
        HelpName = "size",
    };

    private readonly Option<string?> yesErase = new("--yes-erase")
    {
        Description = "Consent, in a script, that the region's Redis loses its data when it becomes a replica.",
        HelpName = "region",
    };

    private readonly Option<bool> keepOldPasswords = new("--keep-old-passwords")
    {
        Description = "Keep the previous passwords valid until all services use the new ones. "
            + "By default, only the passwords of the file are valid.",
    };

    private readonly Option<bool> turnOffDefault = new("--turn-off-default")
    {
        Description = "Turn the user default off even if applications may log in as it.",
    };

    public RedisSetupCommand(InstallationOption installation)
        : base("redis", "Set up the users and settings of the primary, or of a region's Redis.", installation)
    {
        Arguments.Add(server);
        Option[] all =
        [
            Output, ShowSecrets, aclFile, maxMemory, Apply, admin, yesErase, keepOldPasswords, ChangePasswords, turnOffDefault,
        ];
        foreach (var option in all)
            Options.Add(option);
    }

    public override string Examples =>
        """
          lastmile setup redis primary --output primary   # writes redis.conf and users.acl
          lastmile setup redis ams --apply --admin redis-ams:6379
          lastmile setup redis ams --apply --admin redis-ams:6379 --yes-erase ams < /dev/null
        """;

    protected override async Task<int> RunAsync(InstallationSettings installation, ParseResult parsed, CancellationToken cancellationToken)
    {
        var plan = RedisServerPlan.Of(installation, parsed.GetRequiredValue(server)) with { MaxMemory = parsed.GetValue(maxMemory) };
        if (!parsed.GetValue(Apply))
        {
            SetupFile.Show(plan.Files(parsed.GetRequiredValue(aclFile)), parsed.GetValue(Output), parsed.GetValue(ShowSecrets));
            return ExitCodes.Done;
        }

        var report = new ChangeReport(Console.Out);
        var consent = new EraseConsent(Console.IsInputRedirected ? null : Console.In, Console.Out, parsed.GetValue(yesErase));
        await using var connection = await RedisAdmin.ConnectAsync(Admin(parsed, admin), plan.CaCertificate);
        try
        {
            var users = new RedisUsersApplication(plan, report)
            {
                KeepsOldPasswords = parsed.GetValue(keepOldPasswords),
                ChangesPasswords = parsed.GetValue(ChangePasswords),
                TurnsOffDefault = parsed.GetValue(turnOffDefault),
            };
            await new RedisApplication(plan, users, consent, report).RunAsync(connection, cancellationToken);
        }
        catch (RedisNotPermittedException refusal)
        {
            Console.Out.Write(ManagedRedis.Describe(plan));
            throw new SetupException(
                $"Redis at {connection.Address} does not permit {refusal.Command} ({refusal.Message}). If this is a managed service, "
                + "enter the above in its console. Otherwise, use a login with all rights for --admin.",
                refusal);
        }

        report.Finish();
        return ExitCodes.Done;
    }
}
