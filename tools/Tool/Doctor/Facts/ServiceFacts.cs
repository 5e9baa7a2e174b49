namespace LastMile.Events.Tool.Doctor.Facts;

/// <summary>The state of an Invalidator or an agent, over HTTP.</summary>
internal sealed record ServiceFacts
{
    /// <summary>The address.</summary>
    public required Uri Address { get; init; }

    /// <summary>Its checks that are not healthy; unknown if the service does not answer.</summary>
    public required Fact<IReadOnlyList<ServiceProblem>> Problems { get; init; }

    /// <summary>How far its clock is ahead of this machine's, to the second.</summary>
    public required Fact<TimeSpan> ClockOffset { get; init; }

    /// <summary>The response of <c>/status</c>, by name; unknown if the service refuses it.</summary>
    public required Fact<IReadOnlyDictionary<string, string>> Status { get; init; }

    /// <summary>The regions that an Invalidator knows.</summary>
    public required Fact<IReadOnlyList<ReportedRegion>> Regions { get; init; }
}

/// <summary>A check of <c>/health/ready</c> that is not healthy.</summary>
/// <param name="Name">The check's name.</param>
/// <param name="IsReady">Whether the service is ready nevertheless.</param>
/// <param name="Description">The service's explanation, with a remedy.</param>
internal sealed record ServiceProblem(string Name, bool IsReady, string Description);

/// <summary>A region of <c>GET /regions</c>.</summary>
/// <param name="Name">The region's name.</param>
/// <param name="Verdict">The verdict; <c>Silent</c> if its agent does not report.</param>
internal sealed record ReportedRegion(string Name, string Verdict);
