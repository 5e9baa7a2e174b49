using LastMile.Events.Bench.Running;

namespace LastMile.Events.Bench.Results;

/// <summary>The same work by several contenders, measured in turns.</summary>
/// <param name="Work">The work.</param>
/// <param name="Unit">The unit of a sample, such as transactions/s.</param>
/// <param name="Contenders">The contenders with their samples; the first is the reference for the others.</param>
internal sealed record Comparison(string Work, string Unit, IReadOnlyList<Contender> Contenders)
{
    /// <summary>Returns the contender with a name.</summary>
    public Contender Of(string name) => Contenders.First(contender => contender.Name == name);

    /// <summary>Returns the median of the rounds' ratios of one contender's sample to another's.</summary>
    public double Ratio(string name, string reference) => Contender.Of(name, Of(name).Samples, Of(reference).Samples).Ratio;

    /// <summary>Runs every contender in turn.</summary>
    /// <param name="work">The work.</param>
    /// <param name="unit">The unit of a sample.</param>
    /// <param name="contenders">The contenders' names.</param>
    /// <param name="rounds">The rounds.</param>
    /// <param name="measure">Takes one sample of a contender.</param>
    public static async Task<Comparison> MeasureAsync(
        string work, string unit, IReadOnlyList<string> contenders, Rounds rounds, Func<string, Task<double>> measure)
    {
        var comparisons = await MeasureAsync([new(work, unit)], contenders, rounds, async contender => [await measure(contender)]);
        return comparisons[0];
    }

    /// <summary>Runs every contender in turn, and measures several quantities in each turn.</summary>
    /// <param name="quantities">The quantities.</param>
    /// <param name="contenders">The contenders' names.</param>
    /// <param name="rounds">The rounds.</param>
    /// <param name="measure">Runs a contender's turn and takes one sample of each quantity.</param>
    /// <returns>One comparison per quantity.</returns>
    public static async Task<IReadOnlyList<Comparison>> MeasureAsync(
        IReadOnlyList<Quantity> quantities,
        IReadOnlyList<string> contenders,
        Rounds rounds,
        Func<string, Task<IReadOnlyList<double>>> measure)
    {
        var turns = contenders.ToDictionary(name => name, _ => new List<IReadOnlyList<double>>(), StringComparer.Ordinal);
        for (var round = 0; round < rounds.Count; round++)
        {
            foreach (var contender in contenders)
            {
                var turn = await measure(contender);
                if (round > 0)
                    turns[contender].Add(turn);
            }
        }

        return [.. quantities.Select((quantity, i) => Of(quantity, [.. contenders.Select(name => (name, Samples(name, i)))]))];

        IReadOnlyList<double> Samples(string name, int quantity) => [.. turns[name].Select(turn => turn[quantity])];
    }

    /// <summary>Compares samples that were taken together.</summary>
    /// <param name="quantity">The measured quantity.</param>
    /// <param name="contenders">The contenders with their samples, in the order of the rounds.</param>
    public static Comparison Of(Quantity quantity, IReadOnlyList<(string Name, IReadOnlyList<double> Samples)> contenders) =>
        new(
            quantity.Work,
            quantity.Unit,
            [.. contenders.Select(contender => Contender.Of(contender.Name, contender.Samples, contenders[0].Samples))]);
}

/// <summary>A measured quantity.</summary>
/// <param name="Work">The work.</param>
/// <param name="Unit">The unit of a sample.</param>
internal sealed record Quantity(string Work, string Unit);

/// <summary>One contender's result.</summary>
/// <param name="Name">The contender's name.</param>
/// <param name="Median">The median of its samples.</param>
/// <param name="Ratio">The median of the rounds' ratios to the first contender's sample of the same round.</param>
/// <param name="LowestRatio">The lowest of these ratios.</param>
/// <param name="HighestRatio">The highest of these ratios.</param>
/// <param name="Samples">All samples, in the order of the rounds.</param>
internal sealed record Contender(
    string Name, double Median, double Ratio, double LowestRatio, double HighestRatio, IReadOnlyList<double> Samples)
{
    public static Contender Of(string name, IReadOnlyList<double> samples, IReadOnlyList<double> references)
    {
        var ratios = samples.Zip(references, (sample, reference) => sample / reference).ToList();
        return new Contender(name, MedianOf(samples), MedianOf(ratios), ratios.Min(), ratios.Max(), samples);
    }

    private static double MedianOf(IEnumerable<double> values)
    {
        var sorted = values.Order().ToList();
        return (sorted[(sorted.Count - 1) / 2] + sorted[sorted.Count / 2]) / 2;
    }
}
