using LastMile.Events.Hosting;
using LastMile.Events.Testing;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using RabbitMQ.Client.Exceptions;
using Xunit;

namespace Invalidator.Tests;

public sealed class QueueTypeTests(SharedServers servers)
{
    private static readonly string[] Queues = ["lastmile.changes", "lastmile.episodes", "lastmile.requests"];

    [Theory]
    [InlineData("true", "false")]
    [InlineData("false", "true")]
    public async Task A_queue_of_the_other_type_is_named_with_what_to_do_and_doing_it_helps(string before, string after)
    {
        await using var world = await World.CreateAsync(servers);
        var first = await RunningInvalidator.StartReadyAsync(world, ("RabbitMq:QuorumQueues", before));
        await first.DisposeAsync();

        var second = await RunningInvalidator.StartAsync(world, ("RabbitMq:QuorumQueues", after));
        var shown = await Eventually.Async(
            async () => (await second.GetAsync("/health/ready")).Body.ToString(),
            health => Queues.All(queue => health.Contains(queue, StringComparison.Ordinal)));

        Assert.Contains($"RabbitMq:QuorumQueues = {after} declares a", shown, StringComparison.Ordinal);
        Assert.Contains($"Set RabbitMq:QuorumQueues to {before}", shown, StringComparison.Ordinal);
        Assert.Contains($"rabbitmqctl delete_queue -p {world.Amqp.AbsolutePath[1..]} lastmile.changes", shown, StringComparison.Ordinal);
        Assert.DoesNotContain("RabbitMq:Uri", shown, StringComparison.Ordinal);
        await second.DisposeAsync();
        await DeleteQueuesAsync(world.Amqp);
        await using var third = await RunningInvalidator.StartReadyAsync(world, ("RabbitMq:QuorumQueues", after));
    }

    [Theory]
    [InlineData("inequivalent arg 'x-queue-type' for queue 'lastmile.changes' in vhost '/': received the value 'quorum' of type 'longstr' but current is none", true,
        "rabbitmq has the queue 'lastmile.changes' as a classic queue, and RabbitMq:QuorumQueues = true declares a quorum one; a queue can't change its type. Set RabbitMq:QuorumQueues to false; or, when it is empty, stop the services that use it, delete it (rabbitmqctl delete_queue -p / lastmile.changes) and start them again.")]
    [InlineData("inequivalent arg 'x-max-length' for queue 'lastmile.region.ams' in vhost 'shop': received the value '7' of type 'long' but current is the value '8' of type 'long'", true,
        "rabbitmq has the queue 'lastmile.region.ams' with another x-max-length than this service declares, and refuses the service: when it is empty, stop the services that use it, delete it (rabbitmqctl delete_queue -p shop lastmile.region.ams) and start them again.")]
    [InlineData("inequivalent arg 'type' for exchange 'shop' in vhost '/': received 'fanout' but current is 'direct'", false,
        "rabbitmq has the exchange 'shop' with another type than this service declares, and refuses the service: stop the services that use it, delete it and start them again.")]
    [InlineData("unknown delivery tag 7", true, null)]
    public void Each_argument_that_does_not_match_is_explained(string text, bool quorumQueues, string? explanation)
    {
        var refused = new OperationInterruptedException(new ShutdownEventArgs(ShutdownInitiator.Peer, Constants.PreconditionFailed, "PRECONDITION_FAILED - " + text));

        Assert.Equal(explanation, QueueMismatch.Explain([new InvalidOperationException("outer", refused), new TimeoutException()], quorumQueues));
    }

    private static async Task DeleteQueuesAsync(Uri amqp)
    {
        await using var connection = await new ConnectionFactory { Uri = amqp }.CreateConnectionAsync();
        await using var channel = await connection.CreateChannelAsync();
        foreach (var queue in Queues)
            await channel.QueueDeleteAsync(queue);
    }
}
