using System.CommandLine;
using LastMile.Events.Bench;
using LastMile.Events.Chaos;
using LastMile.Events.Cli;
using LastMile.Events.Cli.Demo;
using LastMile.Events.Cli.Pack;
using LastMile.Events.Fabric;
using LastMile.Events.Tool;
using LastMile.Events.Tool.Installation;

Command[] own =
[
    new DemoCommand(), new UpCommand(), new DownCommand(), new TestCommand(), new BenchCommand(), new ChaosCommand(), new PackCommand(),
];
return await ToolCommand.RunAsync(
    "./lastmile",
    [.. own, .. ToolCommand.All(new InstallationOption(UpFile.InstallationPath))],
    args,
    Path.Combine(RunFolder.RepositoryFolder(), ".lastmile", "failure.log"),
    failure => failure is ServerStartException or InstallationFileException);
