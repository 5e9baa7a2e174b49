using LastMile.Events.Hosting;
using LastMile.Events.Testing;
using MassTransit.Events;
using Microsoft.Extensions.Options;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using RabbitMQ.Client.Exceptions;
using Xunit;

namespace Invalidator.Tests;

public sealed class QueueTypeTests(SharedServers servers)
{
    private static readonly string[] Queues = ["lastmile.changes.main", "lastmile.episodes.main", "lastmile.requests.main"];

    [Theory]
    [InlineData("true", "false")]
    [InlineData("false", "true")]
    public async Task A_queue_of_the_wrong_type_is_reported_with_a_remedy_that_works(string before, string after)
    {
        await using var world = await World.CreateAsync(servers);
        var first = await RunningInvalidator.StartReadyAsync(world, ("RabbitMq:QuorumQueues", before));
        await first.DisposeAsync();

        var second = await RunningInvalidator.StartAsync(world, ("RabbitMq:QuorumQueues", after));
        var shown = await Eventually.Async(
            async () => (await second.GetAsync("/health/ready")).Body.ToString(),
            health => Queues.Any(queue => health.Contains(
                $"rabbitmqctl delete_queue -p {world.Amqp.AbsolutePath[1..]} {queue}", StringComparison.Ordinal)));

        Assert.Contains($"RabbitMq:QuorumQueues = {after} declares a", shown, StringComparison.Ordinal);
        Assert.Contains($"Set RabbitMq:QuorumQueues to {before}", shown, StringComparison.Ordinal);
        Assert.DoesNotContain("RabbitMq:Uri", shown, StringComparison.Ordinal);
        await second.DisposeAsync();
        await DeleteQueuesAsync(world.Amqp);
        await using var third = await RunningInvalidator.StartReadyAsync(world, ("RabbitMq:QuorumQueues", after));
    }

    [Fact]
    public async Task A_mismatch_is_remembered_until_its_endpoint_is_ready()
    {
        var mismatched = new MismatchedEndpoints(Options.Create(new RabbitMqOptions { Uri = "amqp://localhost" }));
        foreach (var queue in new[] { "lastmile.requests.main", "lastmile.changes.main" })
            await mismatched.Faulted(new ReceiveEndpointFaultedEvent(Faulted(queue, Mismatch(queue)), null!));

        var closed = Faulted("lastmile.requests.main", new ObjectDisposedException("channel"));
        await mismatched.Faulted(new ReceiveEndpointFaultedEvent(closed, null!));
        await mismatched.Ready(new ReceiveEndpointReadyEvent(Address("lastmile.changes.main"), null!, isStarted: true));

        Assert.Contains("'lastmile.requests.main'", mismatched.Explanation, StringComparison.Ordinal);
        Assert.DoesNotContain("'lastmile.changes.main'", mismatched.Explanation, StringComparison.Ordinal);
        await mismatched.Ready(new ReceiveEndpointReadyEvent(Address("lastmile.requests.main"), null!, isStarted: true));
        Assert.Null(mismatched.Explanation);
    }

    [Theory]
    [InlineData(
        "inequivalent arg 'x-queue-type' for queue 'lastmile.changes.main' in vhost '/': "
        + "received the value 'quorum' of type 'longstr' but current is none",
        true,
        "rabbitmq has the queue 'lastmile.changes.main' as a classic queue, and RabbitMq:QuorumQueues = true declares a quorum one; "
        + "a queue can't change its type. Set RabbitMq:QuorumQueues to false; or, when it is empty, stop the services that use it, "
        + "delete it (rabbitmqctl delete_queue -p / lastmile.changes.main) and start them again.")]
    [InlineData(
        "inequivalent arg 'x-max-length' for queue 'lastmile.region.ams' in vhost 'shop': "
        + "received the value '7' of type 'long' but current is the value '8' of type 'long'",
        true,
        "rabbitmq has the queue 'lastmile.region.ams' with another x-max-length than this service declares, and refuses the service: "
        + "when it is empty, stop the services that use it, "
        + "delete it (rabbitmqctl delete_queue -p shop lastmile.region.ams) and start them again.")]
    [InlineData(
        "inequivalent arg 'type' for exchange 'shop' in vhost '/': received 'fanout' but current is 'direct'",
        false,
        "rabbitmq has the exchange 'shop' with another type than this service declares, and refuses the service: "
        + "stop the services that use it, delete it and start them again.")]
    [InlineData("unknown delivery tag 7", true, null)]
    public void Each_mismatched_argument_is_explained(string text, bool quorumQueues, string? explanation)
    {
        Assert.Equal(explanation, QueueMismatch.Explain(new InvalidOperationException("outer", Refusal(text)), quorumQueues));
    }

    private static Uri Address(string queue) => new($"rabbitmq://localhost/{queue}");

    private static ReceiveTransportFaultedEvent Faulted(string queue, Exception failure) => new(Address(queue), failure);

    private static OperationInterruptedException Mismatch(string queue) =>
        Refusal(
            $"inequivalent arg 'x-queue-type' for queue '{queue}' in vhost '/': "
            + "received none but current is the value 'quorum' of type 'longstr'");

    private static OperationInterruptedException Refusal(string text) =>
        new(new ShutdownEventArgs(ShutdownInitiator.Peer, RabbitMQ.Client.Constants.PreconditionFailed, "PRECONDITION_FAILED - " + text));

    private static async Task DeleteQueuesAsync(Uri amqp)
    {
        await using var connection = await new ConnectionFactory { Uri = amqp }.CreateConnectionAsync();
        await using var channel = await connection.CreateChannelAsync();
        foreach (var queue in Queues)
            await channel.QueueDeleteAsync(queue);
    }
}
