using LastMile.Events.Fabric;
using Xunit;

namespace Fabric.Tests;

/// <summary>Alone, because the variable holds for the whole process: another test's folder would be kept too.</summary>
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
    public void Logs_are_kept_where_the_variable_says_and_all_else_is_deleted()
    {
        var kept = Path.Combine(parent.FullName, "kept");
        Environment.SetEnvironmentVariable(RunFolder.LogsVariable, kept);
        var run = RunFolder.Create(parent.FullName);
        var server = Directory.CreateDirectory(Path.Combine(run.Path, "server"));
        File.WriteAllText(Path.Combine(server.FullName, "server.log"), "what it said");
        File.WriteAllText(Path.Combine(server.FullName, "data"), "");

        run.Dispose();

        Assert.False(Directory.Exists(run.Path));
        var log = Assert.Single(Directory.EnumerateFiles(kept, "*", SearchOption.AllDirectories));
        Assert.Equal(Path.Combine(kept, Path.GetFileName(run.Path), "server", "server.log"), log);
        Assert.Equal("what it said", File.ReadAllText(log));
    }
}
