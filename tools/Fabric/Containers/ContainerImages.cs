namespace LastMile.Events.Fabric;

/// <summary>
/// The images of containers, from the repository's .env, which docker-compose.yml also uses. As in Compose, an environment variable takes
/// precedence over the file.
/// </summary>
internal static class ContainerImages
{
    private static readonly Dictionary<string, string> Named = Read(File.ReadLines(FabricFile.Path(".env")));

    public static string Postgres => Get("POSTGRES_IMAGE");

    public static string RabbitMq => Get("RABBITMQ_IMAGE");

    public static string Redis => Get("REDIS_IMAGE");

    /// <summary>The image that removes the containers of a killed process. Testcontainers uses the digest of this tag by default.</summary>
    public static string Reaper => Get("RYUK_IMAGE");

    /// <summary>Reads lines such as <c>NAME=value</c>; skips comments and empty lines.</summary>
    internal static Dictionary<string, string> Read(IEnumerable<string> lines) => lines
        .Where(line => line.Length > 0 && line[0] != '#')
        .Select(line => line.Split('=', 2))
        .ToDictionary(parts => parts[0], parts => parts[1], StringComparer.Ordinal);

    private static string Get(string variable) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } image ? image : Named[variable];
}
