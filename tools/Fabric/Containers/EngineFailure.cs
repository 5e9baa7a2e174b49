using System.Text.Json;

namespace LastMile.Events.Fabric;

/// <summary>Says in a sentence what a Docker engine could not do, and what can be done about it.</summary>
internal static class EngineFailure
{
    private const string ResponseMark = "response='";

    /// <summary>How to do without containers, as the end of a sentence.</summary>
    public static string WithoutEngine => InstalledServers.AreComplete()
        ? $"set {ServerChoice.Variable}=local: PostgreSQL, Redis and RabbitMQ are installed here."
        : $"install the packages postgresql, redis-server and rabbitmq-server and set {ServerChoice.Variable}=local.";

    /// <summary>No engine answers.</summary>
    /// <param name="engine">Where it was looked for.</param>
    /// <param name="problem">What was seen there.</param>
    public static ServerStartException Unreachable(Uri engine, string problem) => new(
        "Docker", $"no engine answers at {engine.ToString().TrimEnd('/')} ({problem.TrimEnd('.')}).", [],
        $"Start one, let {DockerEngine.HostVariable} name it, or {WithoutEngine}");

    /// <summary>The engine is on another machine, where servers would not be reached on loopback.</summary>
    /// <param name="engine">Where it is.</param>
    public static ServerStartException Elsewhere(Uri engine) => new(
        "Docker", $"{DockerEngine.HostVariable} names an engine on another machine ({engine.Host}), and its containers can't be reached on 127.0.0.1.", [],
        $"Let it name an engine on this machine, or {WithoutEngine}");

    /// <summary>An image is neither there nor could it be pulled.</summary>
    /// <param name="server">The server that needs it.</param>
    /// <param name="image">The image.</param>
    /// <param name="failure">What the engine answered.</param>
    public static ServerStartException MissingImage(string server, string image, Exception failure) => new(
        server, $"the engine has no image {image} and could not pull it ({Reason(failure)}).", [],
        $"Let the engine reach the image's registry, load the image (docker load), or {WithoutEngine}", failure);

    /// <summary>A container did not start.</summary>
    /// <param name="server">The server in it.</param>
    /// <param name="image">Its image.</param>
    /// <param name="reason">Why.</param>
    /// <param name="log">The end of its log.</param>
    /// <param name="inner">The failure behind it, if there is one.</param>
    public static ServerStartException Container(string server, string image, string reason, IReadOnlyList<string> log, Exception? inner) => new(
        server, reason, log, $"It ran from the image {image}. To do without it, {WithoutEngine}", inner);

    /// <summary>The engine's own words, without the library's.</summary>
    /// <param name="failure">An exception whose message may hold an answer of the engine, in JSON.</param>
    public static string Reason(Exception failure)
    {
        var message = failure.GetBaseException().Message;
        var (mark, end) = (message.IndexOf(ResponseMark, StringComparison.Ordinal), message.LastIndexOf('}'));
        return (mark < 0 || end < mark ? null : MessageOf(message[(mark + ResponseMark.Length)..(end + 1)])) ?? message.Split('\n')[0].Trim().TrimEnd('.');
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
