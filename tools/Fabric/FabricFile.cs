namespace LastMile.Events.Fabric;

/// <summary>Files next to the program: the supervisor script and the configuration files from deploy/.</summary>
internal static class FabricFile
{
    public static string Path(string name) => System.IO.Path.Combine(AppContext.BaseDirectory, "fabric", name);
}
