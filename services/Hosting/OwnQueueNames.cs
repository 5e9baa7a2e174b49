using MassTransit;

namespace LastMile.Events.Hosting;

/// <summary>
/// Names of queues that live as long as the process: a prefix and a random end, where MassTransit would take those of machine and program.
/// The broker's rights are given by name.
/// </summary>
/// <param name="prefix">What the names begin with.</param>
public sealed class OwnQueueNames(string prefix) : DefaultEndpointNameFormatter(includeNamespace: false)
{
    /// <inheritdoc/>
    public override string TemporaryEndpoint(string tag) => Next(prefix);

    internal static string Next(string prefix) => $"{prefix}.{Guid.NewGuid():N}";
}
