using LastMile.Events.Fabric;
using Xunit;

namespace Fabric.Tests;

/// <summary>Runs alone because the variable applies to the whole process: another test's logs would be kept too.</summary>
[Collection(typeof(Alone))]
public sealed class RunFolderTests : IDisposable
{
    private readonly DirectoryInfo parent = Directory.CreateTempSubdirectory();

    public void Dispose()
    {
        Environment.SetEnvironmentVariable(RunFolder.LogsVariable, null);
        parent.Delete(recursive: true);
    }

    [Fact]
    public void Logs_are_kept_in_the_folder_that_the_variable_names_and_other_files_are_deleted()
    {
        var kept = Path.Combine(parent.FullName, "kept");
        Environment.SetEnvironmentVariable(RunFolder.LogsVariable, kept);
        var run = RunFolder.Create(parent.FullName);
        var server = Directory.CreateDirectory(Path.Combine(run.Path, "server"));
        File.WriteAllText(Path.Combine(server.FullName, "server.log"), "a log line");
        File.WriteAllText(Path.Combine(server.FullName, "data"), "");

        run.Dispose();

        Assert.False(Directory.Exists(run.Path));
        var log = Assert.Single(Directory.EnumerateFiles(kept, "*", SearchOption.AllDirectories));
        Assert.Equal(Path.Combine(kept, Path.GetFileName(run.Path), "server", "server.log"), log);
        Assert.Equal("a log line", File.ReadAllText(log));
    }
}
