using LastMile.Events.Cli;
using LastMile.Events.Fabric;
using LastMile.Events.Tool;
using LastMile.Events.Tool.Installation;

return await ToolCommand.RunAsync(
    "./lastmile",
    LastMileCommands.All(),
    args,
    Path.Combine(RunFolder.RepositoryFolder(), ".lastmile", "failure.log"),
    failure => failure is ServerStartException or InstallationFileException);
