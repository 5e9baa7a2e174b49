using System.Threading.Channels;
using LastMile.Events.Bench.Running;
using LastMile.Events.Redis;
using Npgsql.Replication;
using Npgsql.Replication.PgOutput;
using Npgsql.Replication.PgOutput.Messages;
using StackExchange.Redis;

namespace LastMile.Events.Bench.Contenders;

/// <summary>
/// The floor: a logical replication stream of the table itself, straight into the purge script. It has no capture, rules, log, or bus,
/// and a crash loses purges.
/// </summary>
internal sealed class BareStream : IContender
{
    private const long Epoch = 1;

    private readonly ProductWriter writer;
    private readonly LogicalReplicationConnection stream;
    private readonly ConnectionMultiplexer redis;
    private readonly PurgeScript script;
    private readonly Channel<string> changed =
        Channel.CreateUnbounded<string>(new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });
    private readonly CancellationTokenSource stopping = new();
    private Task running = Task.CompletedTask;

    private BareStream(string database, ConnectionMultiplexer redis)
    {
        writer = new ProductWriter(database);
        stream = new LogicalReplicationConnection(database);
        this.redis = redis;
        script = new PurgeScript(redis.GetDatabase(), new RedisKeys("floor:"));
    }

    public string Name => "bare stream (floor)";

    public static async Task<BareStream> StartAsync(BenchSystem system, CancellationToken cancellationToken)
    {
        var database = await system.CreateDatabaseAsync("floor", cancellationToken);
        await BenchSystem.ExecuteAsync(database, "create publication products for table products (id)", cancellationToken);
        var floor = new BareStream(database, await ConnectionMultiplexer.ConnectAsync(system.Servers.Primary.Endpoint));
        await floor.script.OpenEpochAsync(Epoch);
        await floor.stream.Open(cancellationToken);
        var slot = await floor.stream.CreatePgOutputReplicationSlot("floor", temporarySlot: true, cancellationToken: cancellationToken);
        floor.running = Task.WhenAll(floor.ReadAsync(slot), floor.PurgeAsync());
        return floor;
    }

    public async Task ChangeAsync(int product, Action committed, CancellationToken cancellationToken)
    {
        await writer.UpdateAsync(product, cancellationToken);
        committed();
    }

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await stream.DisposeAsync();
        await redis.DisposeAsync();
        await writer.DisposeAsync();
        stopping.Dispose();
    }

    private async Task ReadAsync(PgOutputReplicationSlot slot)
    {
        var options = new PgOutputReplicationOptions("products", PgOutputProtocolVersion.V1);
        await foreach (var message in stream.StartReplication(slot, options, stopping.Token))
        {
            if (message is UpdateMessage update)
            {
                await foreach (var value in update.NewRow)
                    changed.Writer.TryWrite("product:" + await value.Get<string>(stopping.Token));
            }

            stream.SetReplicationStatus(message.WalEnd);
        }
    }

    private async Task PurgeAsync()
    {
        var keys = new List<string>();
        while (await changed.Reader.WaitToReadAsync(stopping.Token))
        {
            keys.Clear();
            while (keys.Count < PurgeScript.MaxNames && changed.Reader.TryRead(out var key))
                keys.Add(key);
            await script.ApplyAsync(Epoch, keys, []);
        }
    }
}
