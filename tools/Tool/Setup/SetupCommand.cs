using System.CommandLine;
using LastMile.Events.Tool.Installation;

namespace LastMile.Events.Tool.Setup;

/// <summary><c>lastmile setup</c>: prints or applies what the installation file describes.</summary>
internal sealed class SetupCommand : Command, IHasExamples
{
    public SetupCommand(InstallationOption installation, IEnumerable<SetupSubcommand> subcommands)
        : base("setup", "Print or apply the roles, users, rights and settings of the installation file.")
    {
        Options.Add(installation.Option);
        foreach (var subcommand in subcommands)
            Subcommands.Add(subcommand);
    }

    public string Examples =>
        """
          lastmile setup postgres                       # prints SQL
          lastmile setup postgres --apply --admin 'Host=db;Username=postgres'
          lastmile setup redis primary --output primary # writes redis.conf and users.acl
          lastmile setup redis ams --apply --admin 'redis-ams:6379'
          lastmile setup rabbitmq --apply --admin http://guest:guest@rabbitmq:15672
          lastmile setup region ams --output ams        # all files of a region
          lastmile setup invalidator --output .         # invalidator.env
        """;
}
