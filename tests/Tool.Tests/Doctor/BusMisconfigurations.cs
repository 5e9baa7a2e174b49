using LastMile.Events.Fabric;
using RabbitMQ.Client;

namespace Tool.Tests.Doctor;

/// <summary>Misconfigurations of RabbitMQ.</summary>
internal static class BusMisconfigurations
{
    public static Dictionary<string, Misconfiguration> All { get; } = new(StringComparer.Ordinal)
    {
        ["a wrong password of the Invalidator on RabbitMQ"] = new(
            "rabbitmq: rabbitmq.reachable: error", "rabbitmqctl change_password lastmile-invalidator")
        {
            Settings = system => system.Settings with
            {
                RabbitMq = new(new UriBuilder(system.Settings.RabbitMq.Uri) { Password = "wrong" }.Uri.AbsoluteUri),
            },
        },
        ["a virtual host that does not exist"] = new("rabbitmq: rabbitmq.reachable: error", "rabbitmqctl add_vhost nowhere")
        {
            Settings = system => system.Settings with { RabbitMq = new(new Uri(new(system.Settings.RabbitMq.Uri), "nowhere").AbsoluteUri) },
            Also = ["file: file.bus: error"],
        },
        ["a virtual host that the user may not use"] = new(
            "rabbitmq: rabbitmq.reachable: error", "rabbitmqctl set_permissions -p doctor-private lastmile-invalidator")
        {
            BreakAsync = system => system.System.Servers.RabbitMq.Control(["add_vhost", "doctor-private"]),
            MendAsync = (system, _) => system.System.Servers.RabbitMq.Control(["delete_vhost", "doctor-private"]),
            Settings = system => system.Settings with
            {
                RabbitMq = new(new Uri(new(system.Settings.RabbitMq.Uri), "doctor-private").AbsoluteUri),
            },
            Also = ["file: file.bus: error"],
        },
        ["a permission of an agent that is missing"] = new(
            "rabbitmq ams: rabbitmq.rights: error", "rabbitmqctl set_permissions -p / lastmile-agent-ams")
        {
            BreakAsync = system => GrantAsync(system, write: "^$"),
            MendAsync = (system, _) => GrantAsync(system, write: null),
            MayFollow =
            [
                "agent ams: ", "redis ams: region.sound", "invalidator: invalidator.regions", "rabbitmq ams: rabbitmq.queues",
                "rabbitmq ams: rabbitmq.failed-messages",
            ],
        },
        ["messages that were rejected"] = new(
            "rabbitmq: rabbitmq.failed-messages: warning", "rabbitmqctl purge_queue -p / lastmile.changes.main_error")
        {
            BreakAsync = system => OnBrokerAsync(system, async channel =>
            {
                await channel.QueueDeclareAsync("lastmile.changes.main_error", durable: true, exclusive: false, autoDelete: false);
                await channel.BasicPublishAsync("", "lastmile.changes.main_error", "x"u8.ToArray());
            }),
            MendAsync = (system, command) => system.System.Servers.RabbitMq.Control(command.Split(' ')[1..]),
        },
        ["a broker without memory"] = new("rabbitmq: rabbitmq.alarm: error", "vm_memory_high_watermark")
        {
            BreakAsync = system => system.System.Servers.RabbitMq.Control(["set_vm_memory_high_watermark", "0.00001"]),
            MendAsync = (system, _) => system.System.Servers.RabbitMq.Control(["set_vm_memory_high_watermark", "0.6"]),
            Also = ["rabbitmq ams: rabbitmq.alarm: error", "rabbitmq gru: rabbitmq.alarm: error"],
            MayFollow = ["agent ", "redis ", "invalidator: ", "rabbitmq"],
        },
    };

    // Permissions are checked at each operation, so no service has to reconnect.
    private static async Task GrantAsync(DoctorSystem system, string? write)
    {
        var user = RabbitMqUser.Agent("ams");
        var rights = user.Rights();
        await system.System.Servers.RabbitMq.Control(
            ["set_permissions", "-p", "/", user.Name, rights["configure"], write ?? rights["write"], rights["read"]]);
    }

    private static async Task OnBrokerAsync(DoctorSystem system, Func<IChannel, Task> act)
    {
        await using var connection = await new ConnectionFactory { Uri = system.System.Servers.RabbitMq.Uri }.CreateConnectionAsync();
        await using var channel = await connection.CreateChannelAsync();
        await act(channel);
    }
}
