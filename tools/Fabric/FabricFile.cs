namespace LastMile.Events.Fabric;

/// <summary>The files that lie beside the program: the supervisor, and the Redis configurations of deploy/.</summary>
internal static class FabricFile
{
    public static string Path(string name) => System.IO.Path.Combine(AppContext.BaseDirectory, "fabric", name);
}
