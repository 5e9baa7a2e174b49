using LastMile.Events.Bench.Running;

namespace LastMile.Events.Bench.Results;

/// <summary>The same work by several contenders, measured in turns.</summary>
/// <param name="Work">What was done.</param>
/// <param name="Unit">What a sample counts, such as transactions/s.</param>
/// <param name="Contenders">Each with its samples; the first is what the others are compared with.</param>
internal sealed record Comparison(string Work, string Unit, IReadOnlyList<Contender> Contenders)
{
    /// <summary>The contender of a name.</summary>
    public Contender Of(string name) => Contenders.First(contender => contender.Name == name);

    /// <summary>Lets every contender work in turns.</summary>
    /// <param name="work">What is done.</param>
    /// <param name="unit">What a sample counts.</param>
    /// <param name="contenders">Who does it.</param>
    /// <param name="rounds">How often.</param>
    /// <param name="measure">Takes one sample of a contender.</param>
    public static async Task<Comparison> MeasureAsync(
        string work, string unit, IReadOnlyList<string> contenders, Rounds rounds, Func<string, Task<double>> measure)
    {
        var comparisons = await MeasureAsync([new(work, unit)], contenders, rounds, async contender => [await measure(contender)]);
        return comparisons[0];
    }

    /// <summary>Lets every contender work in turns, and measures several quantities in each turn.</summary>
    /// <param name="quantities">What is measured.</param>
    /// <param name="contenders">Who works.</param>
    /// <param name="rounds">How often.</param>
    /// <param name="measure">Takes one sample of each quantity, of a contender's turn.</param>
    /// <returns>A comparison for each quantity.</returns>
    public static async Task<IReadOnlyList<Comparison>> MeasureAsync(
        IReadOnlyList<Quantity> quantities, IReadOnlyList<string> contenders, Rounds rounds, Func<string, Task<IReadOnlyList<double>>> measure)
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
    /// <param name="quantity">What was measured.</param>
    /// <param name="contenders">Each with its samples, in the order of the rounds.</param>
    public static Comparison Of(Quantity quantity, IReadOnlyList<(string Name, IReadOnlyList<double> Samples)> contenders) =>
        new(quantity.Work, quantity.Unit, [.. contenders.Select(contender => Contender.Of(contender.Name, contender.Samples, contenders[0].Samples))]);
}

/// <summary>Something that is measured.</summary>
/// <param name="Work">What is done.</param>
/// <param name="Unit">What a sample counts.</param>
internal sealed record Quantity(string Work, string Unit);

/// <summary>One contender's result.</summary>
/// <param name="Name">Who.</param>
/// <param name="Median">The median of its samples.</param>
/// <param name="Ratio">The median of the rounds' ratios to the first contender's sample of the same round.</param>
/// <param name="LowestRatio">The lowest of these ratios.</param>
/// <param name="HighestRatio">The highest.</param>
/// <param name="Samples">All of them, in the order of the rounds.</param>
internal sealed record Contender(string Name, double Median, double Ratio, double LowestRatio, double HighestRatio, IReadOnlyList<double> Samples)
{
    public static Contender Of(string name, IReadOnlyList<double> samples, IReadOnlyList<double> bare)
    {
        var ratios = samples.Zip(bare, (sample, reference) => sample / reference).ToList();
        return new Contender(name, MedianOf(samples), MedianOf(ratios), ratios.Min(), ratios.Max(), samples);
    }

    private static double MedianOf(IEnumerable<double> values)
    {
        var sorted = values.Order().ToList();
        return (sorted[(sorted.Count - 1) / 2] + sorted[sorted.Count / 2]) / 2;
    }
}
