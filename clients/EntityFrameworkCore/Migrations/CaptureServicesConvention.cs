using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Microsoft.EntityFrameworkCore.Metadata.Conventions;
using Microsoft.EntityFrameworkCore.Metadata.Conventions.Infrastructure;

namespace LastMile.Events.EntityFrameworkCore.Migrations;

/// <summary>Fails the building of a model whose context has services that leave the capture out of migrations.</summary>
internal sealed class CaptureServicesConvention(IServiceProvider services) : IConventionSetPlugin, IModelFinalizingConvention
{
    public ConventionSet ModifyConventions(ConventionSet conventionSet)
    {
        conventionSet.ModelFinalizingConventions.Add(this);
        return conventionSet;
    }

    public void ProcessModelFinalizing(IConventionModelBuilder modelBuilder, IConventionContext<IConventionModelBuilder> context) =>
        InnerServices.ThrowUnlessOuter(services);
}
