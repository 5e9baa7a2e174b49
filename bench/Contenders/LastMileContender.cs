using LastMile.Events.Bench.Running;

namespace LastMile.Events.Bench.Contenders;

/// <summary>LastMile as it ships: the application only writes.</summary>
internal sealed class LastMileContender(BenchSystem system) : IContender
{
    private readonly ProductWriter writer = new(system.Database);

    public string Name => "LastMile";

    public async Task ChangeAsync(int product, Action committed, CancellationToken cancellationToken)
    {
        await writer.UpdateAsync(product, cancellationToken);
        committed();
    }

    public ValueTask DisposeAsync() => writer.DisposeAsync();
}
