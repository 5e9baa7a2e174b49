using System.Text.Json;
using LastMile.Events.Chaos.Load;

namespace LastMile.Events.Chaos.Oracle;

/// <summary>Every alert of every region, as an application receives them. Thread-safe.</summary>
internal sealed class AlertHistory
{
    public const string Detected = "ReplicaLagDetected";
    public const string Recovered = "ReplicaLagRecovered";

    private readonly Dictionary<Guid, Episode> episodes = [];
    private readonly Lock gate = new();

    public int Count
    {
        get
        {
            lock (gate)
                return episodes.Count;
        }
    }

    public static async Task<AlertHistory> ListenAsync(Broker broker, CancellationToken cancellationToken)
    {
        var history = new AlertHistory();
        await broker.ListenAsync("chaos.alerts", [Detected, Recovered], history.Receive, cancellationToken);
        return history;
    }

    /// <summary>Records an alert.</summary>
    /// <param name="type">The message type: <see cref="Detected"/> or <see cref="Recovered"/>.</param>
    /// <param name="envelope">The message with its envelope.</param>
    public void Receive(string type, JsonElement envelope)
    {
        // The bus may redeliver a message; a new message id is a new alert.
        var (id, message) = (envelope.GetProperty("messageId").GetGuid(), envelope.GetProperty("message"));
        var episodeId = message.GetProperty("episode").GetGuid();
        lock (gate)
        {
            if (!episodes.TryGetValue(episodeId, out var episode))
                episodes.Add(episodeId, episode = new Episode(message.GetProperty("region").GetString()!));
            var kind = type == Detected ? $"{Detected} {message.GetProperty("severity")}" : type;
            if (episode.Messages.Add((kind, id)))
                episode.Reported.Add(kind);
        }
    }

    /// <summary>Returns the regions with an open episode.</summary>
    public IReadOnlyList<string> Open()
    {
        lock (gate)
            return [.. episodes.Values.Where(episode => !episode.Reported.Contains(Recovered)).Select(episode => episode.Region)];
    }

    /// <summary>Returns the faults of alerts: an alert that was published twice, or a recovery without an alert.</summary>
    public IReadOnlyList<string> Faults()
    {
        lock (gate)
            return [.. episodes.SelectMany(pair => pair.Value.Faults().Select(fault => Describe(pair.Key, pair.Value, fault)))];
    }

    /// <summary>Returns the number of a region's episodes so far.</summary>
    public int Of(string region)
    {
        lock (gate)
            return episodes.Values.Count(episode => episode.Region == region);
    }

    private static string Describe(Guid id, Episode episode, string fault) =>
        $"alerts from {episode.Region}: {fault} (episode {id}: {string.Join(", ", episode.Reported)})";

    private sealed record Episode(string Region)
    {
        public HashSet<(string Kind, Guid Message)> Messages { get; } = [];

        public List<string> Reported { get; } = [];

        public IEnumerable<string> Faults()
        {
            foreach (var twice in Reported.GroupBy(kind => kind, StringComparer.Ordinal).Where(kind => kind.Count() > 1))
                yield return $"{twice.Key} was published {twice.Count()} times";
            if (Reported.Contains(Recovered) && !Reported.Any(kind => kind.StartsWith(Detected, StringComparison.Ordinal)))
                yield return "recovered without an alert";
        }
    }
}
