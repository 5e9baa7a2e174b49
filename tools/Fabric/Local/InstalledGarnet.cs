using System.Text.Json;

namespace LastMile.Events.Fabric;

/// <summary>Finds Garnet, a .NET tool that <c>dotnet tool restore</c> puts into NuGet's package folder.</summary>
public static class InstalledGarnet
{
    private const string Package = "garnet-server";
    private const string Manifest = "garnet-tools.json";

    /// <summary>How to install it, for messages.</summary>
    public static string Advice { get; } =
        "Garnet is not installed. Install it: dotnet tool restore --tool-manifest tools/Fabric/Garnet/dotnet-tools.json";

    /// <summary>Whether it is installed in the version that the tool manifest names.</summary>
    public static bool IsInstalled => File.Exists(Assembly());

    /// <summary>Returns the path of the assembly to execute with <c>dotnet exec</c>.</summary>
    /// <exception cref="ServerStartException">It is not installed.</exception>
    internal static string Find() => IsInstalled
        ? Assembly()
        : throw new ServerStartException("garnet", $"{Assembly()} does not exist.", [], Advice);

    private static string Assembly()
    {
        var packages = Environment.GetEnvironmentVariable("NUGET_PACKAGES") is { Length: > 0 } folder
            ? folder
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        return Path.Combine(packages, Package, Version(), "tools", "net10.0", "any", "GarnetServer.dll");
    }

    private static string Version()
    {
        using var manifest = JsonDocument.Parse(File.ReadAllText(FabricFile.Path(Manifest)));
        return manifest.RootElement.GetProperty("tools").GetProperty(Package).GetProperty("version").GetString()!;
    }
}
