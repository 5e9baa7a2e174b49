using LastMile.Events.Tool;
using LastMile.Events.Tool.Installation;

var traces = Path.Combine(
    Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify), "lastmile");
return await ToolCommand.RunAsync(
    "lastmile",
    ToolCommand.All(new InstallationOption()),
    args,
    Path.Combine(traces, "failure.log"),
    failure => failure is InstallationFileException);
