using System.Text.Json;

namespace LastMile.Events.Fabric;

/// <summary>Describes failures of a Docker engine, each with a remedy.</summary>
internal static class EngineFailure
{
    private const string ResponseMark = "response='";

    /// <summary>How to run without containers, as the end of a sentence.</summary>
    public static string WithoutEngine => InstalledServers.AreComplete()
        ? $"set {ServerChoice.Variable}=local: PostgreSQL, Redis and RabbitMQ are installed here."
        : $"install the packages postgresql, redis-server and rabbitmq-server and set {ServerChoice.Variable}=local.";

    /// <summary>Describes that no engine responds.</summary>
    /// <param name="engine">The engine's address.</param>
    /// <param name="problem">The observed problem.</param>
    public static ServerStartException Unreachable(Uri engine, string problem) => new(
        "Docker", $"no engine answers at {engine.ToString().TrimEnd('/')} ({problem.TrimEnd('.')}).", [],
        $"Start one, set {DockerEngine.HostVariable} to its address, or {WithoutEngine}");

    /// <summary>Describes that the engine is on another machine, so its servers could not be reached on loopback.</summary>
    /// <param name="engine">The engine's address.</param>
    public static ServerStartException Elsewhere(Uri engine) => new(
        "Docker",
        $"{DockerEngine.HostVariable} names an engine on another machine ({engine.Host}), whose containers can't be reached on 127.0.0.1.",
        [],
        $"Set it to an engine on this machine, or {WithoutEngine}");

    /// <summary>Describes that an image is missing and could not be pulled.</summary>
    /// <param name="server">The server that needs it.</param>
    /// <param name="image">The image.</param>
    /// <param name="failure">The exception with the engine's reply.</param>
    public static ServerStartException MissingImage(string server, string image, Exception failure) => new(
        server, $"the engine has no image {image} and could not pull it ({Reason(failure)}).", [],
        $"Give the engine access to the image's registry, load the image (docker load), or {WithoutEngine}", failure);

    /// <summary>Describes that a container did not start.</summary>
    /// <param name="server">The server in the container.</param>
    /// <param name="image">The container's image.</param>
    /// <param name="reason">The reason.</param>
    /// <param name="log">The end of the container's log.</param>
    /// <param name="inner">The underlying exception, if any.</param>
    public static ServerStartException Container(
        string server, string image, string reason, IReadOnlyList<string> log, Exception? inner) => new(
        server, reason, log, $"It ran from the image {image}. To run without containers, {WithoutEngine}", inner);

    /// <summary>Returns the engine's own message, without Testcontainers' wording.</summary>
    /// <param name="failure">An exception whose message may contain the engine's JSON response.</param>
    public static string Reason(Exception failure)
    {
        var message = failure.GetBaseException().Message;
        var (mark, end) = (message.IndexOf(ResponseMark, StringComparison.Ordinal), message.LastIndexOf('}'));
        var own = mark < 0 || end < mark ? null : MessageOf(message[(mark + ResponseMark.Length)..(end + 1)]);
        return own ?? message.Split('\n')[0].Trim().TrimEnd('.');
    }

    private static string? MessageOf(string json)
    {
        try
        {
            using var answer = JsonDocument.Parse(json);
            return answer.RootElement.GetProperty("message").GetString()?.Split('\n')[0].Trim().TrimEnd('.');
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return null;
        }
    }
}
