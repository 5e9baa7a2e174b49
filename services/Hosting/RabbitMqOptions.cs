using System.ComponentModel.DataAnnotations;

namespace LastMile.Events.Hosting;

/// <summary>Where the bus is: section <c>RabbitMq</c>.</summary>
public sealed class RabbitMqOptions : IValidatableObject
{
    /// <summary>The section's name.</summary>
    public const string Section = "RabbitMq";

    internal const string CaCertificateSetting = "RabbitMq:CaCertificate";

    /// <summary>The broker, as <c>amqp://user:password@host:port/virtual-host</c>; <c>amqps</c> for TLS. Required.</summary>
    public string Uri { get; set; } = "";

    /// <summary>
    /// A PEM file of the certificate authority that signs the broker's certificate, for <c>amqps</c>. Default none: an authority that the
    /// machine trusts.
    /// </summary>
    public string? CaCertificate { get; set; }

    /// <summary>
    /// Whether durable queues are quorum queues, replicated over a cluster's nodes. Default true. False for a broker without them
    /// (RabbitMQ before 3.8); a queue can't change its kind, so delete it first.
    /// </summary>
    public bool QuorumQueues { get; set; } = true;

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (!System.Uri.TryCreate(Uri, UriKind.Absolute, out var uri) || uri.Scheme is not ("amqp" or "amqps") || uri.Host.Length == 0)
            yield return new ValidationResult("RabbitMq:Uri must be amqp://user:password@host:port/virtual-host (amqps for TLS); it is missing or something else.");
        if (string.IsNullOrEmpty(CaCertificate))
            yield break;
        if (CustomCaValidator.Problem(CaCertificateSetting, CaCertificate) is { } problem)
            yield return new ValidationResult(problem);
        if (uri?.Scheme == "amqp")
            yield return new ValidationResult($"{CaCertificateSetting} is set and TLS is not: let RabbitMq:Uri begin with amqps, or take {CaCertificateSetting} away.");
    }
}
