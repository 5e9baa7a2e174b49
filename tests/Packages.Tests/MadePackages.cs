using LastMile.Events.Cli.Pack;
using LastMile.Events.Fabric;
using Xunit;

[assembly: AssemblyFixture(typeof(Packages.Tests.MadePackages))]
[assembly: AssemblyFixture(typeof(LastMile.Events.Testing.SharedServers))]

namespace Packages.Tests;

/// <summary>The packages of this build, made once by <c>./lastmile pack</c>.</summary>
public sealed class MadePackages : IAsyncLifetime
{
    private readonly RunFolder folder = RunFolder.Create();

    /// <summary>The folder of the packages, which is a feed.</summary>
    public string Feed => Path.Combine(folder.Path, "feed");

    /// <summary>The packages.</summary>
    internal IReadOnlyList<BuiltPackage> All { get; private set; } = [];

    /// <summary>What the command printed.</summary>
    public string Output { get; private set; } = "";

    public async ValueTask InitializeAsync()
    {
        var own = new DirectoryInfo(AppContext.BaseDirectory);
        var cli = Path.Combine(own.Parent!.Parent!.FullName, "LastMile.Events.Cli", own.Name, "LastMile.Events.Cli.dll");
        Output = await Shell.RunAsync($"dotnet '{cli}' pack --output '{Feed}'", folder.Path);
        All = [.. Directory.EnumerateFiles(Feed, "*.nupkg").Order(StringComparer.Ordinal).Select(BuiltPackage.Read)];
    }

    public ValueTask DisposeAsync()
    {
        folder.Dispose();
        return ValueTask.CompletedTask;
    }
}
