using System.ComponentModel.DataAnnotations;

namespace LastMile.Events.Hosting;

/// <summary>The connection to the bus: section <c>RabbitMq</c>.</summary>
public sealed class RabbitMqOptions : IValidatableObject
{
    /// <summary>The section's name.</summary>
    public const string Section = "RabbitMq";

    internal const string CaCertificateSetting = "RabbitMq:CaCertificate";

    /// <summary>The broker, as <c>amqp://user:password@host:port/virtual-host</c>; <c>amqps</c> for TLS. Required.</summary>
    public string Uri { get; set; } = "";

    /// <summary>
    /// A PEM file of the CA that signs the broker's certificate, for <c>amqps</c>. Default none: the CAs that the machine trusts.
    /// </summary>
    public string? CaCertificate { get; set; }

    /// <summary>
    /// Whether durable queues are quorum queues, replicated across a cluster's nodes. Default true. Set it to false for a broker without
    /// quorum queues (RabbitMQ before 3.8). A queue can't change its type, so delete it first.
    /// </summary>
    public bool QuorumQueues { get; set; } = true;

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (!System.Uri.TryCreate(Uri, UriKind.Absolute, out var uri) || uri.Scheme is not ("amqp" or "amqps") || uri.Host.Length == 0)
        {
            yield return new ValidationResult(
                "RabbitMq:Uri must be amqp://user:password@host:port/virtual-host (amqps for TLS); it is missing or invalid.");
        }

        if (string.IsNullOrEmpty(CaCertificate))
            yield break;
        if (CustomCaValidator.Problem(CaCertificateSetting, CaCertificate) is { } problem)
            yield return new ValidationResult(problem);
        if (uri?.Scheme == "amqp")
        {
            yield return new ValidationResult(
                $"{CaCertificateSetting} is set without TLS. Use amqps in RabbitMq:Uri, or remove {CaCertificateSetting}.");
        }
    }
}
